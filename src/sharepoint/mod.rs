//! The SharePoint dialect: picture library over REST, profile properties over ProcessQuery.
//! Knows net, model and the error type; not Graph.
//! Promises that one person's failure hides nobody else's answer, and that each write is read back.
