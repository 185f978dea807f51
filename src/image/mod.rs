//! Pictures: decode, orient, square, thumbnails, fingerprint, same picture or not.
//! Knows the error type alone: no I/O, no clock, no unsafe.
//! Promises that no bytes, however hostile, panic, hang or take more memory than the limits say.
