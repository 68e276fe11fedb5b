//! Who holds a port that we wanted, and which one is free.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::admin::status::PortHolder;

/// For a stranger that accepts and then says nothing; another Patchbay on a busy computer is faster.
const PATIENCE: Duration = Duration::from_secs(3);
const MAX_ANSWER: u64 = 16 * 1024;
/// How many ports above the wanted one are tried.
const NEIGHBOURS: u16 = 32;

/// Asks whoever listens there for its health: another Patchbay tells its version.
pub(crate) async fn ask(address: SocketAddr) -> PortHolder {
    if let Ok(Ok(Some(version))) = tokio::time::timeout(PATIENCE, version(address)).await {
        return PortHolder::Patchbay { version };
    }
    // It looks into every process.
    let process = tokio::task::spawn_blocking(move || process(address.port())).await;
    PortHolder::Stranger {
        process: process.ok().flatten(),
    }
}

/// The holder in the middle of a sentence.
pub(crate) fn describe(holder: &PortHolder) -> String {
    match holder {
        PortHolder::Patchbay { version } => format!("another Patchbay ({version})"),
        PortHolder::Stranger {
            process: Some(process),
        } => format!("another program ({process})"),
        PortHolder::Stranger { process: None } => "another program".to_owned(),
    }
}

/// The first address after this one that is free now.
pub(crate) fn next_free(address: SocketAddr) -> Option<SocketAddr> {
    (1..=NEIGHBOURS)
        .filter_map(|step| address.port().checked_add(step))
        .map(|port| SocketAddr::new(address.ip(), port.max(1024)))
        .find(|candidate| TcpListener::bind(candidate).is_ok())
}

async fn version(address: SocketAddr) -> io::Result<Option<String>> {
    #[derive(serde::Deserialize)]
    struct Health {
        name: String,
        version: String,
    }
    let mut stream = TcpStream::connect(address).await?;
    let question = format!("GET /health HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let health = body.and_then(|body| serde_json::from_str::<Health>(body).ok());
    Ok(health
        .filter(|health| health.name == "patchbay")
        .map(|health| health.version))
}

/// The name of the process that listens on a port, as far as this user may see it.
#[cfg(target_os = "linux")]
fn process(port: u16) -> Option<String> {
    use std::fs;

    let wanted = format!(":{port:04X}");
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| {
            table
                .lines()
                .filter_map(|line| {
                    let fields: Vec<&str> = line.split_whitespace().collect();
                    let listens = fields.get(1)?.ends_with(&wanted) && *fields.get(3)? == "0A";
                    listens.then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|process| {
            let handles = fs::read_dir(process.path().join("fd"));
            handles.is_ok_and(|mut handles| {
                handles.any(|handle| {
                    handle
                        .and_then(|handle| fs::read_link(handle.path()))
                        .is_ok_and(|link| {
                            sockets.iter().any(|socket| link.as_os_str() == &**socket)
                        })
                })
            })
        })
        .find_map(|process| fs::read_to_string(process.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn process(_port: u16) -> Option<String> {
    None
}
