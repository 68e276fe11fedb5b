//! How a second `patchbay` of the same user signs a browser in: a folder that only this user may open.
//! A server writes down in it where it listens; the other one leaves the digest of a link's token there.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use store::config::KeyDigest;
use tokio::net::TcpStream;

use crate::{
    admin::{
        session::{LINK_LIFE, link_of, random_word},
        status::PortHolder,
    },
    port_holder,
};

const FOLDER: &str = "sign-in";
/// How the names of files begin that hold a server's address while it listens. There may be several that keep one
/// log, on ports of their own.
const ADDRESS: &str = "address-";

/// Beside the request log.
#[derive(Clone, Debug)]
pub struct SignInFolder(PathBuf);

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum NoLink {
    #[error("The folder {} cannot be used: {error}.", folder.display())]
    Folder { folder: PathBuf, error: io::Error },
    #[error(
        "No Patchbay that keeps its request log in {} is running. Start it by `patchbay serve`, or name its folder by --data.",
        data.display()
    )]
    NotRunning { data: PathBuf },
    #[error("The system gives no random bytes for a link: {0}.")]
    Random(#[from] getrandom::Error),
}

impl SignInFolder {
    /// Of the Patchbay that keeps its request log in this file.
    pub fn beside(database: &Path) -> Self {
        let data = database.parent().unwrap_or_else(|| Path::new(""));
        Self(data.join(FOLDER))
    }

    /// A link that signs a browser in at the running server, once, within ten minutes.
    ///
    /// # Errors
    /// When nothing listens, or the folder is not ours to write to.
    pub async fn leave_link(&self) -> Result<String, NoLink> {
        let address = self.running().await.ok_or_else(|| self.not_running())?;
        let token = random_word()?;
        self.remember(&token).map_err(|error| NoLink::Folder {
            folder: self.0.clone(),
            error,
        })?;
        Ok(format!("http://{address}{}", link_of(&token)))
    }

    /// Writes down where a server listens.
    pub(crate) fn opened(&self, address: SocketAddr) -> io::Result<()> {
        self.make()?;
        fs::write(self.file_of_server(address), address.to_string())
    }

    /// It listens there no more.
    pub(crate) fn closed(&self, address: SocketAddr) {
        // Left there it would be asked in vain.
        let _ = fs::remove_file(self.file_of_server(address));
    }

    /// Whether a link with this token was left here; forgets it.
    pub(crate) fn take(&self, token: &str) -> bool {
        let file = self.file_of(token);
        // Only one of two that take it at once removes it.
        is_private(&self.0) && is_fresh(&file) && fs::remove_file(&file).is_ok()
    }

    fn remember(&self, token: &str) -> io::Result<()> {
        self.make()?;
        for entry in fs::read_dir(&self.0)?.flatten() {
            if !is_address(&entry) && !is_fresh(&entry.path()) {
                // Another `patchbay sign-in` may have been faster; one that is old opens nothing anyway.
                let _ = fs::remove_file(entry.path());
            }
        }
        fs::write(self.file_of(token), "")
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)?;
        if is_private(&self.0) {
            return Ok(());
        }
        let message = "other users of this computer can open it";
        Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
    }

    /// The first server that answers; each of them takes the links that are left here.
    async fn running(&self) -> Option<SocketAddr> {
        let questions = self.addresses().into_iter();
        let questions = questions.map(async |address| (address, port_holder::ask(address).await));
        let mut answers: FuturesUnordered<_> = questions.collect();
        while let Some((address, holder)) = answers.next().await {
            match holder {
                PortHolder::Patchbay { .. } => return Some(address),
                // Its server was killed. One that is only slow still listens, and will take links again.
                PortHolder::Stranger { .. } => {
                    if TcpStream::connect(address).await.is_err() {
                        self.closed(address);
                    }
                }
            }
        }
        None
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let texts = entries
            .filter(is_address)
            .filter_map(|entry| fs::read_to_string(entry.path()).ok());
        texts.filter_map(|text| text.parse().ok()).collect()
    }

    fn file_of_server(&self, address: SocketAddr) -> PathBuf {
        let name = address.to_string().replace(':', "-");
        self.0.join(format!("{ADDRESS}{name}"))
    }

    /// A digest as a name: the token itself is in nobody's file.
    fn file_of(&self, token: &str) -> PathBuf {
        let digest = KeyDigest::of(token).to_string();
        self.0.join(digest.replace(':', "-"))
    }

    fn not_running(&self) -> NoLink {
        let data = self.0.parent().unwrap_or(&self.0);
        NoLink::NotRunning {
            data: data.to_owned(),
        }
    }
}

fn is_address(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    name.to_str().is_some_and(|name| name.starts_with(ADDRESS))
}

fn is_fresh(file: &Path) -> bool {
    let written = fs::symlink_metadata(file).and_then(|metadata| metadata.modified());
    written.is_ok_and(|written| {
        // Of the future, if the clock was set back: it would live for longer than it may.
        written.elapsed().is_ok_and(|age| age < LINK_LIFE)
    })
}

/// Whether nobody but its owner can open the folder; a stranger's private folder we could not open either.
#[cfg(unix)]
fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    fs::symlink_metadata(folder)
        .is_ok_and(|metadata| metadata.is_dir() && metadata.mode() & 0o077 == 0)
}

/// A user's own folders are private by themselves.
#[cfg(not(unix))]
fn is_private(folder: &Path) -> bool {
    folder.is_dir()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        sync::watch,
    };

    use super::*;

    fn folder() -> (tempfile::TempDir, SignInFolder) {
        let data = tempfile::tempdir().unwrap();
        let folder = SignInFolder::beside(&data.path().join("exchanges.sqlite"));
        (data, folder)
    }

    #[test]
    fn a_link_that_was_left_is_taken_once() {
        let (_data, folder) = folder();
        assert!(!folder.take("token"));
        folder.remember("token").unwrap();
        assert!(!folder.take("another"));
        assert!(folder.take("token"));
        assert!(!folder.take("token"));
    }

    #[test]
    fn an_old_link_is_no_link_and_is_cleared_away() {
        let (_data, folder) = folder();
        folder.opened("127.0.0.1:7229".parse().unwrap()).unwrap();
        folder.remember("old").unwrap();
        let file = fs::File::options().write(true).open(folder.file_of("old"));
        let long_ago = SystemTime::now() - LINK_LIFE;
        file.unwrap().set_modified(long_ago).unwrap();
        assert!(!folder.take("old"));
        folder.remember("new").unwrap();
        assert!(!folder.file_of("old").exists());
        assert_eq!(folder.addresses().len(), 1);
        assert!(folder.take("new"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_open_proves_nothing() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_data, folder) = folder();
        folder.remember("token").unwrap();
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(!folder.take("token"));
        let error = folder.remember("another").unwrap_err();
        assert_eq!(
            error.to_string(),
            "other users of this computer can open it"
        );
    }

    #[test]
    fn of_two_servers_with_one_log_the_other_stays_when_one_ends() {
        let (_data, folder) = folder();
        let [one, other] = ["127.0.0.1:7229", "[::1]:7230"].map(|text| text.parse().unwrap());
        folder.opened(one).unwrap();
        folder.opened(other).unwrap();
        assert_eq!(folder.addresses().len(), 2);
        folder.closed(other);
        assert_eq!(folder.addresses(), [one]);
    }

    /// Servers that tell their health while each of them is asked for it.
    async fn servers(count: usize) -> Vec<SocketAddr> {
        let (asked, _) = watch::channel(0);
        let mut addresses = Vec::new();
        for _ in 0..count {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            let asked = asked.clone();
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut question = [0; 200];
                assert!(stream.read(&mut question).await.unwrap() > 0);
                asked.send_modify(|asked| *asked += 1);
                let mut all = asked.subscribe();
                tokio::select! {
                    _ = all.wait_for(|asked| *asked == count) => {}
                    _ = stream.read(&mut question) => {
                        asked.send_modify(|asked| *asked -= 1);
                        return;
                    }
                }
                let health = "HTTP/1.0 200 OK\r\n\r\n{\"name\":\"patchbay\",\"version\":\"1\"}";
                stream.write_all(health.as_bytes()).await.unwrap();
            });
        }
        addresses
    }

    #[tokio::test]
    async fn all_are_asked_at_once_and_who_answers_stays() {
        let (_data, folder) = folder();
        let running = servers(2).await;
        for address in &running {
            folder.opened(*address).unwrap();
        }
        let link = folder.leave_link().await.unwrap();
        let leads = |address: &SocketAddr| link.starts_with(&format!("http://{address}/"));
        assert!(running.iter().any(leads), "{link}");
        assert_eq!(folder.addresses().len(), 2);
    }

    #[tokio::test]
    async fn who_does_not_run_gives_no_link() {
        let (data, folder) = folder();
        let told = folder.leave_link().await.unwrap_err().to_string();
        let place = data.path().display();
        assert!(told.starts_with(&format!(
            "No Patchbay that keeps its request log in {place} is"
        )));
        // Left behind by one that crashed.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        folder.opened(gone.local_addr().unwrap()).unwrap();
        drop(gone);
        assert!(matches!(
            folder.leave_link().await,
            Err(NoLink::NotRunning { .. })
        ));
        // Nobody is to ask there again.
        assert_eq!(folder.addresses(), []);
    }

    #[tokio::test]
    async fn who_is_only_slow_is_asked_again_later() {
        let (_data, folder) = folder();
        let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = slow.local_addr().unwrap();
        folder.opened(address).unwrap();
        let hangs_up = async {
            // Takes the question and says nothing.
            drop(slow.accept().await.unwrap());
            std::future::pending::<()>().await;
        };
        tokio::select! {
            link = folder.leave_link() => assert!(link.is_err()),
            () = hangs_up => unreachable!("waits for ever"),
        }
        assert_eq!(folder.addresses(), [address]);
    }
}
