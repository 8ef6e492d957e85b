//! The connections of clients: limits their number and the time that they may be inactive, and breaks them if
//! a fault requires it.

use std::convert::Infallible;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::Extensions;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::connection_reset::ConnectionReset;
use crate::header_case;
use crate::state::ServerState;

/// Accepts connections, and limits their number and the time of their requests.
pub(crate) struct Listener {
    pub(crate) listener: TcpListener,
    pub(crate) connections: usize,
    pub(crate) header_timeout: Duration,
}

/// The pause before another attempt after the system failed to accept a connection, for example because too
/// many files are open.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);

impl Listener {
    /// Accepts connections until `stopped` receives the signal. All open connections are then closed.
    pub(crate) async fn serve(self, shared: Arc<ServerState>, mut stopped: oneshot::Receiver<()>) {
        let mut open = JoinSet::new();
        let header_case = Arc::new(header_case::of_the_service().await);
        loop {
            tokio::select! {
                // Stopped, or the sender was dropped.
                _ = &mut stopped => return,
                Some(_) = open.join_next() => {}
                accepted = self.listener.accept(), if open.len() < self.connections => match accepted {
                    Ok((stream, _)) => {
                        let (shared, header_case) = (Arc::clone(&shared), Arc::clone(&header_case));
                        open.spawn(serve_connection(stream, shared, header_case, self.header_timeout));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
                },
            }
        }
    }
}

/// Serves one connection until it ends.
async fn serve_connection(
    stream: TcpStream,
    shared: Arc<ServerState>,
    header_case: Arc<Extensions>,
    header_timeout: Duration,
) {
    // Small responses are sent at once; if the system refuses the option, they are sent later.
    let _ = stream.set_nodelay(true);
    let reset = ConnectionReset::default();
    let socket =
        Connection { stream, reset: reset.clone(), write_timeout: 4 * header_timeout, stalled: None };
    let response = move |request: http::Request<Incoming>| {
        let (shared, reset, header_case) = (Arc::clone(&shared), reset.clone(), Arc::clone(&header_case));
        async move {
            let mut response = crate::http::serve(shared, reset, request.map(Body::new)).await;
            response.extensions_mut().extend(Extensions::clone(&header_case));
            Ok::<_, Infallible>(response)
        }
    };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(socket), service_fn(response))
        .await;
    // The connection has ended, with or without an error, and the client knows.
    drop(served);
}

/// A connection that can be reset by a fault, and whose writes are limited in time.
pub(crate) struct Connection {
    stream: TcpStream,
    reset: ConnectionReset,
    /// The time after which a write fails if the client has accepted no byte.
    write_timeout: Duration,
    /// The timer that runs while the client accepts no byte of a write, otherwise `None`.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn check_reset(&self) -> io::Result<()> {
        if !self.reset.is_reset() {
            return Ok(());
        }
        // Closing the connection then resets it instead of ending it in order.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Returns `written`, the result of a write, or a time-out error if the client has accepted no byte for
    /// too long.
    fn or_timed_out<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let write_timeout = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(write_timeout)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_reset()?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_timed_out(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_reset()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_reset()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_reset()?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.or_timed_out(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
