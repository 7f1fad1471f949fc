//! Ctrl-C and SIGTERM: the first one asks, the second one ends.

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// Listens from now on. The token is cancelled by the first signal.
///
/// # Errors
/// When the system does not let us listen.
pub fn listen() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut signals = Signals::new()?;
    let first = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        first.cancel();
        signals.next().await;
        end_at_once();
    });
    Ok(stop)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the user insists: what is in flight is abandoned, and no destructor of ours guards anything outside this process"
)]
fn end_at_once() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nobody can interrupt us then, which must not look like an interrupt.
            std::future::pending().await
        }
    }
}
