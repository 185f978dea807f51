//! Signs in: clouds and their hosts, credentials, access tokens.
//! Knows net and the error type.
//! Promises one token per resource, kept in wiped memory, never printed.
