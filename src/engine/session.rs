//! A session: one tenant, one credential, and the jobs that run on it.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::check::check_all;
use super::fetch;
use super::flow::run_all;
use super::job::{self, Job, JobContext};
use super::people::people;
use super::request::{
    CheckOptions, Chosen, CompareOptions, Config, FetchOptions, Nothing, SYNC_FIELDS, Sides, SyncOptions, Way, read,
    read_with_people,
};
use super::run::{Operation, Run, RunOptions};
use super::sign_in::{CredentialKind, Secrets, SignIn};
use super::tenant::Tenant;
use crate::auth::EnvironmentFile;
use crate::error::{Code, Error, Result};
use crate::model::RunSummary;
use crate::plan::Policy;
use crate::state::{Memory, Sqlite};

/// Summaries that a session remembers.
const REMEMBERED_RUNS: usize = 100;
/// How long a cancelled job waits for people who are half written before it says that it ended: a process may exit then.
/// A caller in a hurry frees the job before; they are finished all the same, as long as the process lives.
const GRACE: Duration = Duration::from_secs(30);

/// One tenant, one credential, and the jobs that run on it. Clones are the same session.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    config: Config,
    file: Option<EnvironmentFile>,
    runtime: OnceCell<Runtime>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    secrets: Secrets,
    tenant: Option<Arc<Tenant>>,
    runs: VecDeque<RunSummary>,
}

/// Half of a thread's stack.
const STACK: usize = 1 << 20;

/// Overwrites what calls left behind below this one. The system keeps the stack of a thread that ended for the next one, and a
/// piece of a secret that a call held would stay there.
#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "the stack is what is meant")]
fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; STACK]);
}

impl Drop for Inner {
    /// Never blocks: the threads end by themselves.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// A session with its config (JSON, see `docs/abi.md`). Reads the files that the config names; no network.
    pub fn new(config: &[u8]) -> Result<Self> {
        let config: Config = read(config)?;
        let file = config.environment_file.as_deref().map(EnvironmentFile::read).transpose()?;
        let secrets = Secrets::of_files(&config, file.as_ref())?;
        let state = Mutex::new(State { secrets, ..State::default() });
        Ok(Self(Arc::new(Inner { config, file, runtime: OnceCell::new(), state })))
    }

    /// Gives a secret; a credential takes the place of the one that the config names. Bytes are copied into memory that is wiped.
    pub fn set_credential(&self, kind: CredentialKind, data: &[u8], password: &[u8]) -> Result<()> {
        let password = std::str::from_utf8(password)
            .map_err(|_| Error::new(Code::InvalidArgument, "The certificate's password is not UTF-8."))?;
        self.0.state().secrets.give(kind, data, password)
    }

    /// What the caller is asked to sign, as JSON; `null` when it is nothing. Only with [`CredentialKind::CertificateOfCaller`].
    #[must_use]
    pub fn signature_wanted(&self) -> Value {
        let wanted = self.0.state().secrets.desk.wanted();
        wanted.map_or(
            Value::Null,
            |wanted| json!({ "id": wanted.id, "algorithm": wanted.algorithm.name(), "text": wanted.text }),
        )
    }

    /// Gives a signature that is wanted; an empty one means that the key cannot sign in this way.
    pub fn give_signature(&self, id: u32, signature: &[u8]) -> Result<()> {
        self.0.state().secrets.desk.give(id, signature)
    }

    /// Signs in to Graph, then to SharePoint, and finds the picture library. Where SharePoint refuses, the connection is good for
    /// what needs Graph alone, and its context says why.
    pub fn connect(&self, request: &[u8]) -> Result<Job> {
        let Nothing {} = read(request)?;
        let sign_in = SignIn::new(&self.0.config, self.0.file.as_ref(), &self.0.state().secrets)?;
        let session = Arc::clone(&self.0);
        self.start(async move |context| {
            let tenant = tokio::select! {
                tenant = Tenant::connect(sign_in, &context) => tenant?,
                () = context.cancelled() => return Err(Error::new(Code::Cancelled, "Connecting was cancelled.")),
            };
            let description = tenant.context();
            session.state().tenant = Some(Arc::new(tenant));
            Ok(description)
        })
    }

    /// Whether everything that the job needs is there, one thing after the other.
    pub fn check(&self, request: &[u8]) -> Result<Job> {
        let options: CheckOptions = read(request)?;
        let tenant = self.signed_in()?;
        self.start(async move |context| check_all(&tenant, options, &context).await)
    }

    /// What each side holds.
    pub fn fetch(&self, request: &[u8]) -> Result<Job> {
        let (chosen, options): (_, FetchOptions) = read_with_people(request, &["sides", "pictures"])?;
        let tenant = if options.sides == Sides::Source { self.signed_in()? } else { self.tenant()? };
        self.start(async move |context| {
            let run = Run::new(&tenant, context, &chosen.way, RunOptions::of(Operation::Fetch), None);
            if matches!(chosen.way, Way::Listed { .. }) {
                tenant.learn_allowance(&run.graph).await;
            }
            fetch::fetch_all(&run, people(&run, chosen), options).await;
            let (summary, outcome) = run.finish().await;
            outcome?;
            to_json(&summary)
        })
    }

    /// What is wrong, and why.
    pub fn compare(&self, request: &[u8]) -> Result<Job> {
        let (chosen, options): (_, CompareOptions) = read_with_people(request, &["includeUnchanged", "includePinned"])?;
        let policy = Policy { include_pinned: options.include_pinned, ..Policy::default() };
        let everybody = options.include_unchanged;
        self.run(chosen, RunOptions { policy, everybody, ..RunOptions::of(Operation::Compare) })
    }

    /// Repairs what is wrong.
    pub fn sync(&self, request: &[u8]) -> Result<Job> {
        let (chosen, options): (_, SyncOptions) = read_with_people(request, SYNC_FIELDS)?;
        self.run(chosen, options.check()?)
    }

    /// Who is signed in where, as JSON; no secret.
    #[must_use]
    pub fn context(&self) -> Value {
        let tenant = self.0.state().tenant.clone();
        tenant.map_or_else(|| json!({ "connected": false }), |tenant| tenant.context())
    }

    /// Summaries of the runs of this session and of those that the state file tells of, newest first.
    pub fn runs(&self) -> Result<Value> {
        let mut runs = match &self.0.config.state_path {
            Some(path) => Sqlite::history(path, REMEMBERED_RUNS)?,
            None => Vec::new(),
        };
        let known: HashSet<String> = runs.iter().filter_map(|run| Some(run["runId"].as_str()?.to_owned())).collect();
        runs.extend(self.0.state().runs.iter().filter(|run| !known.contains(&run.run_id)).map(|run| json!(run)));
        runs.sort_by(|left, right| right["started"].as_str().cmp(&left["started"].as_str()));
        Ok(runs.into())
    }

    fn run(&self, chosen: Chosen, options: RunOptions) -> Result<Job> {
        let tenant = self.tenant()?;
        let session = Arc::clone(&self.0);
        let memory: Option<Arc<dyn Memory>> = match &self.0.config.state_path {
            Some(path) if options.operation == (Operation::Sync { what_if: false }) => {
                Some(Arc::new(Sqlite::open(path, tenant.id())?))
            }
            _ => None,
        };
        self.start(async move |context| {
            let run = Run::new(&tenant, context, &chosen.way, options, memory);
            if matches!(chosen.way, Way::Listed { .. }) {
                tenant.learn_allowance(&run.graph).await;
            }
            run.begin();
            run_all(&run, people(&run, chosen)).await;
            let (summary, outcome) = run.finish().await;
            let json = to_json(&summary);
            {
                let mut state = session.state();
                state.runs.push_front(summary);
                state.runs.truncate(REMEMBERED_RUNS);
            }
            outcome?;
            json
        })
    }

    /// The tenant, when all of it can be reached.
    fn tenant(&self) -> Result<Arc<Tenant>> {
        let tenant = self.signed_in()?;
        tenant.share_point.clone()?;
        Ok(tenant)
    }

    fn signed_in(&self) -> Result<Arc<Tenant>> {
        self.0.state().tenant.clone().ok_or_else(|| Error::new(Code::NotConnected, "The session is not connected."))
    }

    /// Starts work as a job. The job ends with the work, or soon after a cancel.
    fn start<F>(&self, work: impl FnOnce(JobContext) -> F) -> Result<Job>
    where
        F: Future<Output = Result<Value>> + Send + 'static,
    {
        let runtime = self.0.runtime.get_or_try_init(|| {
            Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("m365photo")
                .on_thread_stop(wipe_stack)
                .enable_all()
                .build()
                .map_err(|error| Error::new(Code::Internal, "No threads could be started.").with_cause(&error))
        })?;
        let (job, context) = job::job();
        let worker = runtime.spawn(work(context.clone()));
        let session = Arc::clone(&self.0);
        runtime.spawn(async move {
            let grace = async {
                context.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            let outcome = tokio::select! {
                ended = worker => ended.unwrap_or_else(|error| {
                    Err(Error::new(Code::Internal, "The job broke off.").with_cause(&error))
                }),
                () = grace => Err(Error::new(Code::Cancelled, "The job was cancelled.")),
            };
            context.finish(outcome);
            // Until here the threads must live, even if the session was freed long ago.
            drop(session);
        });
        Ok(job)
    }
}

fn to_json(summary: &RunSummary) -> Result<Value> {
    serde_json::to_value(summary)
        .map_err(|error| Error::new(Code::Internal, "The summary cannot be written as JSON.").with_cause(&error))
}
