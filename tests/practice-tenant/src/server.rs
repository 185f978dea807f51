//! Listening, TLS and HTTP.
//! Knows how a request becomes a call. Promises to listen on loopback only.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::http::{Call, Reply};
use crate::tenant::{Service, Tenant};

/// A free port of loopback, or the one that is asked for.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Serves one service until the task is dropped.
pub(crate) async fn serve(tenant: Arc<Tenant>, service: Service, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers must not wait for the client's acknowledgement of the last one.
        let _ = stream.set_nodelay(true);
        let (tenant, acceptor) = (Arc::clone(&tenant), acceptor.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = hyper::service::service_fn(move |request| {
                let tenant = Arc::clone(&tenant);
                async move { Ok::<_, Infallible>(answer(&tenant, service, request).await) }
            });
            // A connection that the client breaks off is no event.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn answer(tenant: &Arc<Tenant>, service: Service, request: Request<hyper::body::Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let reply = match to_bytes(Body::new(body), service.body_limit()).await {
        Err(_) => Reply::empty(413),
        Ok(body) => {
            let call = Call {
                method: parts.method,
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or("").to_owned(),
                headers: parts.headers,
                body: body.to_vec(),
            };
            tenant.answer(service, &call).await
        }
    };
    reply.into_response()
}
