//! Listening, TLS and HTTP.
//! Knows how a request becomes a call. Promises to listen on loopback only.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::front;
use crate::http::{Call, Reply};
use crate::tenant::{Service, Tenant};

/// A free port of loopback, or the one that is asked for.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Behind which door a connection came in.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    /// The port of one service, with its origin.
    Own(Service, String),
    /// The port where the name decides.
    Front,
}

/// Serves one port until the task is dropped.
pub(crate) async fn serve(tenant: Arc<Tenant>, door: Door, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (tenant, door, acceptor) = (Arc::clone(&tenant), door.clone(), acceptor.clone());
        tokio::spawn(async move {
            // A connection that the client breaks off is no event.
            let _ = connection(tenant, door, stream, acceptor).await;
        });
    }
}

/// Serves routes over TLS until the task is dropped.
pub(crate) async fn serve_routes(routes: Router, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (service, acceptor) = (TowerToHyperService::new(routes.clone()), acceptor.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                // A connection that the client breaks off is no event.
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

async fn connection(tenant: Arc<Tenant>, door: Door, mut stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<()> {
    // Small answers must not wait for the client's acknowledgement of the last one.
    stream.set_nodelay(true)?;
    if matches!(door, Door::Front) {
        act_as_proxy(&mut stream).await?;
    }
    let stream = acceptor.accept(stream).await?;
    let name = stream.get_ref().1.server_name().map(str::to_owned);
    let answer = hyper::service::service_fn(move |request| {
        let (tenant, door, name) = (Arc::clone(&tenant), door.clone(), name.clone());
        async move {
            match place(&door, name.as_deref(), &request) {
                Some((service, origin)) => answer(&tenant, service, origin, request).await,
                None => Reply::bytes(421, "text/plain", b"No service has this name.".to_vec()).into_response(),
            }
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(hyper_util::rt::TokioTimer::new());
    builder.serve_connection(TokioIo::new(stream), answer).await.map_err(io::Error::other)
}

/// A client that takes the front port for its proxy first asks to be connected to a real name. Every name leads here.
async fn act_as_proxy(stream: &mut TcpStream) -> io::Result<()> {
    const MOST_BYTES: usize = 8 << 10;
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 || first != *b"C" {
        return Ok(());
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > MOST_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(stream.read_u8().await?);
    }
    stream.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await
}

/// The service that a request is for, and the origin under which it was called. Name in TLS and name in HTTP must agree.
fn place(door: &Door, name: Option<&str>, request: &Request<hyper::body::Incoming>) -> Option<(Service, String)> {
    match door {
        Door::Own(service, origin) => Some((*service, origin.clone())),
        Door::Front => {
            let header = request.headers().get("host").and_then(|host| host.to_str().ok());
            let host = request.uri().authority().map(axum::http::uri::Authority::as_str).or(header)?;
            let host = host.split(':').next()?;
            if name.is_some_and(|name| !name.eq_ignore_ascii_case(host)) {
                return None;
            }
            front::service(host).map(|service| (service, format!("https://{}", host.to_lowercase())))
        }
    }
}

async fn answer(
    tenant: &Arc<Tenant>,
    service: Service,
    origin: String,
    request: Request<hyper::body::Incoming>,
) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let reply = match to_bytes(Body::new(body), service.body_limit()).await {
        Err(_) => Reply::empty(413),
        Ok(body) => {
            let call = Call {
                origin,
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
