//! Jobs: wait, take records, cancel.

use std::mem::size_of;
use std::ptr;
use std::time::Duration;

use serde_json::Value;

use crate::engine::{Job, JobState, Progress};
use crate::error::{Code, Error, Result};
use crate::ffi::buffer::{Buffer, m365photo_buffer};
use crate::ffi::error::{ErrorOut, m365photo_error};
use crate::ffi::guard;
use crate::ffi::parameters::Out;
use crate::ffi::registry::{self, Handle, Kind, Registry};

/// The job's work goes on.
pub const M365PHOTO_JOB_RUNNING: u32 = 0;
/// The job is done; m365photo_job_result gives its summary.
pub const M365PHOTO_JOB_FINISHED: u32 = 1;
/// The job was ended by an error, which m365photo_job_result gives.
pub const M365PHOTO_JOB_FAILED: u32 = 2;
/// The job was cancelled.
pub const M365PHOTO_JOB_CANCELLED: u32 = 3;

const _: () = assert!(M365PHOTO_JOB_RUNNING == JobState::Running as u32);
const _: () = assert!(M365PHOTO_JOB_FINISHED == JobState::Finished as u32);
const _: () = assert!(M365PHOTO_JOB_FAILED == JobState::Failed as u32);
const _: () = assert!(M365PHOTO_JOB_CANCELLED == JobState::Cancelled as u32);

/// Work in the background that its owner polls.
///
/// Methods: m365photo_job_wait, m365photo_job_next, m365photo_job_picture, m365photo_job_result, m365photo_job_cancel, m365photo_job_free.
pub struct m365photo_job {
    _opaque: (),
}

impl Handle for m365photo_job {
    type Object = Job;
    const KIND: Kind = Kind::Job;

    fn registry() -> &'static Registry<Job> {
        static JOBS: Registry<Job> = Registry::new();
        &JOBS
    }
}

/// How far a job is.
#[repr(C)]
pub struct m365photo_progress {
    /// Set it to sizeof(m365photo_progress) before each call. Later versions may add fields at the end.
    pub struct_size: u32,
    /// One of the M365PHOTO_JOB_ numbers.
    pub state: u32,
    /// People finished.
    pub done: u64,
    /// People in all; 0 while not known.
    pub total: u64,
    /// People that failed.
    pub failed: u64,
    /// HTTP requests sent, retries included.
    pub requests: u64,
    /// Of these, requests that write.
    pub writes: u64,
    /// Records ready to be taken.
    pub records_ready: u64,
    /// How long the service still asks to wait, in milliseconds; 0 when it does not.
    pub waiting_ms: u64,
    /// Time since the job began, in milliseconds.
    pub elapsed_ms: u64,
    /// What the minute before the last request to SharePoint used of the resource units that the tenant's licences allow an app,
    /// in percent. The pace keeps it to 80.
    pub budget_percent: u64,
}

/// Size of the first [`m365photo_progress`], which ended with `elapsed_ms`: no caller gives less.
const FIRST_SIZE: u32 = 72;

impl m365photo_progress {
    fn new(struct_size: u32, progress: &Progress) -> Self {
        Self {
            struct_size,
            state: progress.state as u32,
            done: progress.done,
            total: progress.total,
            failed: progress.failed,
            requests: progress.requests,
            writes: progress.writes,
            records_ready: progress.records_ready,
            waiting_ms: progress.waiting_ms,
            elapsed_ms: progress.elapsed_ms,
            budget_percent: progress.budget_percent.into(),
        }
    }

    /// Reads and checks the size that the caller states.
    ///
    /// # Safety
    /// `progress` is NULL or points to a struct whose `struct_size` can be read.
    unsafe fn stated_size(progress: *const Self) -> Result<u32> {
        if progress.is_null() {
            return Err(Error::new(Code::InvalidArgument, "`progress` is NULL."));
        }
        // SAFETY: the caller's promise; `struct_size` is the first field. No reference is made to what may be shorter than our struct.
        let size = unsafe { ptr::read(progress.cast::<u32>()) };
        if size < FIRST_SIZE {
            let message = format!("`struct_size` of the progress is {size}, at least {FIRST_SIZE} is needed.");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        Ok(size)
    }

    /// Fills as much of the caller's struct as both sides know.
    ///
    /// # Safety
    /// `to` points to `self.struct_size` bytes that may be written.
    unsafe fn write_to(&self, to: *mut Self) {
        let length = size_of::<Self>().min(self.struct_size as usize);
        // SAFETY: `length` bytes can be read here and, by the caller's promise, written there; the two cannot overlap.
        unsafe { ptr::copy_nonoverlapping(ptr::from_ref(self).cast::<u8>(), to.cast::<u8>(), length) };
    }
}

/// Waits until the job has ended, a record is ready, or the time is over, and tells how far the job is.
/// Any thread; blocks for `timeout_ms` at most. Ctrl+C is noticed by its caller between two calls: 200 ms is a good value.
///
/// @param job         The job.
/// @param timeout_ms  How long to wait at most, in milliseconds; 0 only looks.
/// @param progress    Receives the progress. Set its `struct_size` before. Fields that this library does not know are left as they are.
/// @param error       Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK also when the job failed: the status is about this call. M365PHOTO_INVALID_HANDLE;
///          M365PHOTO_INVALID_ARGUMENT when `progress` is NULL or its `struct_size` too small.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_job_wait(
    job: *const m365photo_job,
    timeout_ms: u32,
    progress: *mut m365photo_progress,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_job_wait", error, || {
        let job = registry::hold(job)?;
        // SAFETY: the caller set `struct_size`.
        let size = unsafe { m365photo_progress::stated_size(progress) }?;
        let now = m365photo_progress::new(size, &job.wait(Duration::from_millis(timeout_ms.into())));
        // SAFETY: as above.
        unsafe { now.write_to(progress) };
        Ok(())
    })
}

/// Takes finished records. Any thread; returns at once. Pictures of the records taken before are gone.
///
/// At most a few hundred records are kept ready: a job whose records are not taken pauses. Keep taking until the job has ended
/// and the array is empty.
///
/// @param job          The job.
/// @param max_records  How many at most; not 0.
/// @param buffer       Receives a JSON array, empty when no record is ready, to be freed with m365photo_buffer_free.
/// @param error        Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_job_next(
    job: *const m365photo_job,
    max_records: u32,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_job_next", error, || {
        let job = registry::hold(job)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        if max_records == 0 {
            return Err(Error::new(Code::InvalidArgument, "`max_records` is 0: no record would ever come."));
        }
        buffer.write(Buffer::json(&Value::Array(job.next(max_records as usize)))?.issue());
        Ok(())
    })
}

/// Gives a picture that a record names by its number. Any thread; returns at once.
///
/// @param job     The job.
/// @param number  The number, of a record that the last m365photo_job_next gave.
/// @param buffer  Receives the picture's bytes as the service gave them, to be freed with m365photo_buffer_free.
/// @param error   Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT also when no such record has a picture of that number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_job_picture(
    job: *const m365photo_job,
    number: u32,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_job_picture", error, || {
        let job = registry::hold(job)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        let picture = job.picture(number).ok_or_else(|| {
            Error::new(Code::InvalidArgument, format!("The records taken last name no picture {number}."))
        })?;
        buffer.write(Buffer::new(picture)?.issue());
        Ok(())
    })
}

/// Gives the summary of an ended job, or says why it has none. Any thread; returns at once.
///
/// @param job     The job.
/// @param buffer  Receives the summary, a JSON object, to be freed with m365photo_buffer_free.
/// @param error   Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK; M365PHOTO_PENDING while the job runs; M365PHOTO_CANCELLED, or any other code: that with which the job
///          ended. M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_job_result(
    job: *const m365photo_job,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_job_result", error, || {
        let job = registry::hold(job)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        buffer.write(Buffer::json(&job.result()?)?.issue());
        Ok(())
    })
}

/// Asks a job to stop: nobody new is begun, people whose pictures are half written are finished. Any thread; returns at once.
/// Then wait for the end as usual: it comes when they are finished, after 30 seconds at most, and the process may exit. Who is in
/// a hurry frees the job instead; they are finished all the same as long as the process lives. An ended job is left alone.
///
/// @param job    The job.
/// @param error  Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_job_cancel(job: *const m365photo_job, error: *mut *mut m365photo_error) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_job_cancel", error, || {
        registry::hold(job)?.cancel();
        Ok(())
    })
}

/// Frees a job. One that runs is cancelled, and ends by itself. NULL and a job that was freed are left alone.
/// Any thread, also while another waits for this job; returns at once.
///
/// @param job  The job.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_job_free(job: *mut m365photo_job) {
    guard::call("m365photo_job_free", ErrorOut::none(), || {
        if let Some(job) = registry::free(job) {
            job.cancel();
        }
        Ok(())
    });
}
