//! A certificate for this run: the functions trust it through `AWS_CA_BUNDLE`.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

use crate::Failure;

/// A self-signed certificate of `localhost`, its public half in a file that goes when this goes.
pub(crate) struct Certificate {
    pub(crate) server: Arc<ServerConfig>,
    folder: PathBuf,
}

impl Certificate {
    pub(crate) fn make() -> Result<Self, Failure> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        // What DynamoDB speaks.
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let folder = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let certificate = Self {
            server: Arc::new(server),
            folder,
        };
        std::fs::write(certificate.bundle(), made.cert.pem())?;
        Ok(certificate)
    }

    /// The same for a server that speaks another protocol.
    pub(crate) fn server_of(&self, protocol: &[u8]) -> Arc<ServerConfig> {
        let mut server = ServerConfig::clone(&self.server);
        server.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(server)
    }

    /// The file for `AWS_CA_BUNDLE`, and for `SSL_CERT_FILE`.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.folder.join("roots.pem")
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        // Only what was made here; a file that stays is no reason to fail.
        let _ = std::fs::remove_file(self.bundle());
        let _ = std::fs::remove_dir(&self.folder);
    }
}
