//! Programs in C and C++ that use the library as a stranger would: they compile without a warning and do what they say.
//! With `M365PHOTO_WINDOWS_LIBRARY` naming the folder of the library for Windows, they are compiled for Windows and run by Wine.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![allow(unreachable_pub, reason = "the tests beside it use the practice tenant too")]

#[path = "common/tenant.rs"]
mod tenant;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tenant::Tenant;

#[derive(Clone, Copy)]
enum Language {
    C,
    Cpp,
}

#[test]
fn the_promised_numbers_and_layouts_hold_in_c_and_in_cpp() {
    for language in [Language::C, Language::Cpp] {
        let Some(program) = compile("codes", &["tests/c/codes.c"], language) else { return };
        assert_success(&run(&mut command(&program)));
    }
}

#[test]
fn the_header_may_be_included_twice_and_in_two_files() {
    for language in [Language::C, Language::Cpp] {
        let Some(program) = compile("twice", &["tests/c/twice_a.c", "tests/c/twice_b.c"], language) else { return };
        assert_success(&run(&mut command(&program)));
    }
}

#[test]
fn every_misuse_is_answered_and_none_is_followed() {
    let Some(program) = compile("misuse", &["tests/c/misuse.c"], Language::C) else { return };
    let silent = SilentHosts::new("misuse");
    assert_success(&run(command(&program).arg(&silent.environment)));
}

#[test]
fn pictures_are_inspected_made_small_and_compared_without_a_session() {
    let Some(program) = compile("pictures", &["tests/c/pictures.c"], Language::C) else { return };
    assert_success(&run(&mut command(&program)));
}

#[test]
fn valgrind_finds_no_fault_in_any_misuse() {
    let Some(program) = compile("misuse_valgrind", &["tests/c/misuse.c"], Language::C) else { return };
    let Some(mut valgrind) = valgrind(&program, &[]) else { return };
    let silent = SilentHosts::new("misuse_valgrind");
    assert_success(&run(valgrind.arg(&silent.environment)));
}

#[test]
fn the_example_compiles_as_cpp_too() {
    compile("sync", &["examples/c/sync.c"], Language::Cpp);
}

#[test]
fn the_example_tells_what_is_wrong_and_what_to_do() {
    let Some(program) = compile("sync_wrong", &["examples/c/sync.c"], Language::C) else { return };
    let output = run(command(&program).arg("no \"such\" file"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("no \\\"such\\\" file") && told.contains("(80)"), "{told}");
    assert_eq!(run(&mut command(&program)).status.code(), Some(1));
}

#[test]
fn the_example_makes_every_picture_right_and_the_second_time_it_writes_nothing() {
    let Some(program) = compile("sync_twice", &["examples/c/sync.c"], Language::C) else { return };
    let tenant = Tenant::start(&["--users", "40", "--seed", "5"]);
    let wrong = |person: &Value| person["kind"] == "stale" || person["kind"] == "never-prompted";
    let wrong: Vec<String> = tenant.people().iter().filter(|person| wrong(person)).map(identity).collect();
    assert!(wrong.len() > 5);

    let output = sync(&mut command(&program), &tenant);
    assert_success(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    for person in tenant.people().iter().filter(|person| wrong.contains(&identity(person))) {
        assert_eq!(person["shows"], "source", "{person}");
        let line = told.lines().find(|line| line.starts_with(&format!("{} ", identity(person)))).unwrap();
        assert!(line.contains("  Updated  "), "{line}");
    }
    assert!(told.lines().any(|line| line.starts_with("sync: {") && line.contains("\"operation\":\"Sync\"")), "{told}");

    let writes = tenant.writes();
    assert_success(&sync(&mut command(&program), &tenant));
    assert_eq!(tenant.writes(), writes);
}

/// Invalid accesses and leaks. Undefined values are not watched: valgrind loses sight of them in the assembly of TLS.
#[test]
fn valgrind_finds_no_fault_in_the_example() {
    let Some(program) = compile("sync_valgrind", &["examples/c/sync.c"], Language::C) else { return };
    let Some(mut valgrind) = valgrind(&program, &["--undef-value-errors=no"]) else { return };
    let tenant = Tenant::start(&["--users", "10", "--seed", "5"]);
    assert_success(&sync(&mut valgrind, &tenant));
    assert!(tenant.writes() > 0);
}

#[test]
fn ctrl_c_stops_the_example_soon_and_leaves_nobody_half_written() {
    let Some(program) = compile("sync_ctrl_c", &["examples/c/sync.c"], Language::C) else { return };
    let tenant = Tenant::start(&["--users", "300", "--seed", "11"]);
    let before = tenant.people();
    let mut command = command(&program);
    command.arg(tenant.folder().join("environment.json")).stdout(Stdio::null()).stderr(Stdio::piped());
    let running = command.env_remove("LD_LIBRARY_PATH").spawn().unwrap();
    while tenant.writes() == 0 {
        thread::sleep(Duration::from_millis(20));
    }
    let asked = Instant::now();
    assert_success(&run(Command::new("kill").args(["-INT", &running.id().to_string()])));
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(asked.elapsed() < Duration::from_secs(45), "{:?}", asked.elapsed());

    let after = tenant.people();
    assert!(before.iter().zip(&after).all(|(before, after)| before == after || after["shows"] == "source"));
}

fn identity(person: &Value) -> String {
    person["userPrincipalName"].as_str().unwrap().to_owned()
}

/// Runs the example against a practice tenant.
fn sync(command: &mut Command, tenant: &Tenant) -> Output {
    run(command.arg(tenant.folder().join("environment.json")))
}

/// Hosts that take connections and never answer.
struct SilentHosts {
    environment: PathBuf,
    _listener: TcpListener,
}

impl SilentHosts {
    fn new(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("https://{}/", listener.local_addr().unwrap());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let environment = folder.join(name).with_extension("json");
        let secret = folder.join(name).with_extension("secret");
        fs::write(&secret, "a secret").unwrap();
        let json = serde_json::json!({
            "authority": host, "graph": host, "sharePointMySite": host, "sharePointAdmin": host,
            "tenantId": "11111111-1111-1111-1111-111111111111", "clientId": "22222222-2222-2222-2222-222222222222",
            "clientSecretFile": secret,
        });
        fs::write(&environment, json.to_string()).unwrap();
        Self { environment, _listener: listener }
    }
}

/// Compiles a program against the library that this test was built with. `None`, and a word about it, where there is no compiler.
fn compile(name: &str, sources: &[&str], language: Language) -> Option<PathBuf> {
    if cfg!(windows) {
        return skip("the C programs are compiled with options that the compilers of Windows do not know");
    }
    let standard = match language {
        Language::C => ["-std=c11", "-xc"],
        Language::Cpp => ["-std=c++17", "-xc++"],
    };
    let (compiler, suffix) = match (language, for_windows()) {
        (Language::C, None) => ("cc", ""),
        (Language::Cpp, None) => ("c++", ""),
        (Language::C, Some(_)) => ("x86_64-w64-mingw32-gcc", ".exe"),
        (Language::Cpp, Some(_)) => ("x86_64-w64-mingw32-g++", ".exe"),
    };
    if Command::new(compiler).arg("--version").output().is_err() {
        return skip(&format!("C programs are compiled with {compiler}, which is not installed"));
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{compiler}{suffix}"));
    let libraries = for_windows().unwrap_or_else(|| std::env::current_exe().unwrap().parent().unwrap().to_owned());
    let mut command = Command::new(compiler);
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(standard)
        .args(["-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Iinclude"])
        .args(sources)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&libraries)
        .arg("-lm365photo");
    if for_windows().is_none() {
        command.arg(format!("-Wl,-rpath,{}", libraries.display()));
    }
    assert_success(&run(&mut command));
    Some(program)
}

/// The folder of the library for Windows, if the programs are to be for Windows.
fn for_windows() -> Option<PathBuf> {
    std::env::var_os("M365PHOTO_WINDOWS_LIBRARY").map(PathBuf::from)
}

/// The command that runs a program which was compiled here.
fn command(program: &Path) -> Command {
    let Some(library) = for_windows() else { return Command::new(program) };
    let mut wine = Command::new("wine");
    // Where Wine looks for libraries, as Windows does on the PATH.
    wine.arg(program).env("WINEPATH", format!("Z:{}", library.display()));
    wine
}

/// Runs a program under valgrind: any access that is not allowed and any memory that is lost for sure is a failure.
fn valgrind(program: &Path, options: &[&str]) -> Option<Command> {
    if for_windows().is_some() {
        return skip("valgrind watches programs of Linux");
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return skip("accesses and leaks are watched with valgrind, which is not installed");
    }
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
    command.args(["--show-leak-kinds=definite"]).args(options).arg(program);
    Some(command)
}

/// Runs a command with the libraries that it was linked with: Cargo's own search path could put an older build first.
fn run(command: &mut Command) -> Output {
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH").output().unwrap()
}

#[track_caller]
fn assert_success(output: &Output) {
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{told}\n{errors}", output.status);
}

/// Says on the terminal, past the capture of tests, what is not tested here and why. In CI everything is tested.
fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none() || cfg!(windows) || for_windows().is_some(), "{reason}");
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    None
}
