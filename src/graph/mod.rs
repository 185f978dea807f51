//! The Microsoft Graph dialect: people, photo metadata, photo bytes.
//! Knows net, model and the error type; not SharePoint.
//! Promises to tell 'no photo' from every error.
