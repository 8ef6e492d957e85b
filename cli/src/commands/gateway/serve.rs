//! `dvkit gateway serve`: serves until a signal ends it.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use dvkit_gateway::Gateway;
use tokio::net::TcpListener;

use super::{model, open, runtime, secret, settings};
use crate::output::{LogLevel, Outcome, Screen, start_log};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The address and port to listen on, in place of that of the configuration file
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// How much is logged, as JSON lines on standard error
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = LogLevel::Info)]
    log: LogLevel,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Outcome> {
    let mut settings = settings(config)?;
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    settings.check()?;
    let model = model(config, &settings)?;
    start_log(args.log)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let store = open(config, &settings).await?;
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        settings.listen = listener.local_addr()?;
        let applications = settings.applications.clone();
        let mut builder = Gateway::builder(store, settings).model(model);
        for (name, application) in &applications {
            if let Some(secret) = secret(config, name, application.secret_file.as_deref())? {
                builder = builder.secret(name, secret);
            }
        }
        let gateway = builder.build()?;
        let mut screen = Screen::plain();
        screen.line(format_args!("{}", gateway.public_url()))?;
        screen.line(format_args!("serves the API; Ctrl-C stops it"))?;
        screen.flush()?;
        drop(screen);
        gateway.serve(listener, signal()).await?;
        Ok(Outcome::Clean)
    })
}

/// Waits for the signal that ends the command: Ctrl-C, or on Unix SIGTERM.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
