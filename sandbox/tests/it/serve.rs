//! The command line: one JSON line, then serving until a signal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::bench::{run, until};

/// Not left running if a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg(unix)]
fn serve_says_where_it_is_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_bucketbridge-sandbox"))
        .args(["serve", "--accounts", "123456789012=solo", "--latency", "1ms", "--replication-delay", "1h"])
        .arg("--aws-dir")
        .arg(dir.path().join("aws"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let endpoint = said["endpoint"].as_str().unwrap().to_owned();
    let credentials = std::fs::read_to_string(said["credentials"].as_str().unwrap()).unwrap();
    assert!(credentials.starts_with("[solo]\n"), "{credentials}");
    let config = std::fs::read_to_string(said["config"].as_str().unwrap()).unwrap();
    assert!(config.contains(&format!("endpoint_url = {endpoint}")), "{config}");
    std::net::TcpStream::connect(endpoint.trim_start_matches("http://")).expect("it listens");

    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let status = run(until("it to stop", || {
        let ended = running.0.try_wait().unwrap();
        async move { ended }
    }));
    assert!(status.success(), "{status}");
}

#[test]
fn nonsense_on_the_command_line_is_an_error() {
    let with = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_bucketbridge-sandbox")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    let (code, text) = with(&["serve", "--aws-dir", dir, "--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("loopback"), "{text}");
    let (code, text) = with(&["serve", "--aws-dir", dir, "--accounts", "12=a"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("twelve digits"), "{text}");
    let (code, _) = with(&["serve", "--aws-dir", dir, "--latency", "soon"]);
    assert_eq!(code, Some(2));
}
