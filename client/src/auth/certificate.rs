//! Authenticates an application with a certificate. Instead of a secret, a signed assertion is sent (RFC
//! 7523), in the form that Microsoft's sign-in service requires.
use std::fmt;

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PSS_SHA256;
use aws_lc_rs::{digest, rand::SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{Error, ErrorKind, Result};

/// The time that an assertion is valid, in seconds.
const ASSERTION_LIFETIME_SECONDS: i64 = 10 * 60;

/// A certificate and its RSA key.
pub struct Certificate {
    key: KeyPair,
    /// The SHA-256 hash of the certificate's DER form, in base64url. It identifies the certificate in
    /// assertions.
    thumbprint: String,
}

impl Certificate {
    /// Reads a certificate and its RSA key (PKCS#8 or PKCS#1) from PEM text, in either order.
    ///
    /// # Errors
    /// Returns an error if the certificate or the key is missing, or if the key is not a usable RSA key. The
    /// message does not quote the text.
    pub fn from_pem(pem: &SecretString) -> Result<Self> {
        let wrong = |what: &str| {
            Error::new(ErrorKind::Configuration, format!("the certificate cannot be used: {what}"))
        };
        let text = pem.expose_secret().as_bytes();
        let certificate = CertificateDer::from_pem_slice(text)
            .map_err(|_| wrong("there is no `BEGIN CERTIFICATE` block in the PEM text"))?;
        let key = PrivateKeyDer::from_pem_slice(text)
            .map_err(|_| wrong("there is no private key in the PEM text, or it is encrypted"))?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(wrong("its key is not an RSA key")),
        };
        let key = key.map_err(|_| wrong("its key is not an RSA key of 2,048 to 8,192 bits"))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate));
        Ok(Self { key, thumbprint })
    }

    /// Returns a signed assertion that authenticates the application `client_id` at the token endpoint with
    /// the URL `endpoint`. The assertion is valid for ten minutes from `now`. Returns an error if the
    /// certificate's key cannot sign.
    pub(crate) fn assertion(&self, client_id: &str, endpoint: &str, now: Timestamp) -> Result<SecretString> {
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let now = now.as_second();
        let claims = json!({
            "aud": endpoint, "iss": client_id, "sub": client_id,
            "jti": format!("{:032x}", rand::random::<u128>()),
            "nbf": now - 30, "iat": now, "exp": now + ASSERTION_LIFETIME_SECONDS,
        });
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| Error::new(ErrorKind::SignIn, "the certificate's key cannot sign"))?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(SecretString::from(token))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;
    use pretty_assertions::assert_eq;

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    #[test]
    fn the_public_key_verifies_the_assertion() {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = key.as_der().unwrap();
        let text = pem("PRIVATE KEY", pkcs8.as_ref()) + &pem("CERTIFICATE", b"whatever it is");
        let certificate = Certificate::from_pem(&SecretString::from(text.clone())).unwrap();
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let assertion = certificate.assertion("app", "https://login/token", now).unwrap();
        let parts: Vec<_> = assertion.expose_secret().split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&decode(parts[0])).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).unwrap();
        assert_eq!(header["alg"], "PS256");
        assert_eq!(claims["aud"], "https://login/token");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        let signed = format!("{}.{}", parts[0], parts[1]);
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key().as_ref())
            .verify(signed.as_bytes(), &decode(parts[2]))
            .unwrap();
        let shown = format!("{certificate:?}");
        assert!(shown.starts_with("Certificate { thumbprint: \""), "{shown}");
        assert!(!shown.contains(&STANDARD.encode(pkcs8.as_ref())[..20]));
    }

    #[test]
    fn an_error_of_broken_pem_does_not_quote_it() {
        let key = pem("PRIVATE KEY", b"secretsecret");
        for text in [String::new(), key.clone(), pem("CERTIFICATE", b"x"), pem("CERTIFICATE", b"x") + &key] {
            let error = Certificate::from_pem(&SecretString::from(text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error:?}").contains("c2VjcmV0"), "{error}");
        }
    }

    /// A key in PKCS#8 is one in PKCS#1 behind 26 bytes, which say that it is an RSA key.
    #[test]
    fn keys_are_read_in_both_forms_and_in_either_order() {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = key.as_der().unwrap();
        let certificate = pem("CERTIFICATE", b"a certificate");
        let keys = [pem("PRIVATE KEY", pkcs8.as_ref()), pem("RSA PRIVATE KEY", &pkcs8.as_ref()[26..])];
        let mut thumbprints = Vec::new();
        for key in &keys {
            for text in [format!("{key}{certificate}"), format!("{certificate}{key}")] {
                let read = Certificate::from_pem(&SecretString::from(text.clone())).unwrap();
                assert_eq!(read.key.public_modulus_len(), 256, "{text}");
                thumbprints.push(read.thumbprint);
            }
        }
        // The hash of the certificate, without padding.
        assert!(thumbprints.iter().all(|one| *one == thumbprints[0]), "{thumbprints:?}");
        assert_eq!((thumbprints[0].len(), thumbprints[0].contains('=')), (43, false));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said() {
        let certificate = pem("CERTIFICATE", b"x");
        let pkcs8 = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = pem("PRIVATE KEY", pkcs8.as_der().unwrap().as_ref());
        for (text, why) in [
            (String::new(), "no `BEGIN CERTIFICATE` block"),
            (pkcs8, "no `BEGIN CERTIFICATE` block"),
            (certificate.clone(), "no private key"),
            (certificate.clone() + &pem("ENCRYPTED PRIVATE KEY", b"x"), "no private key"),
            (certificate.clone() + &pem("EC PRIVATE KEY", b"x"), "its key is not an RSA key"),
            (certificate.clone() + &pem("PRIVATE KEY", b"x"), "not an RSA key of 2,048 to 8,192 bits"),
            (certificate + &pem("RSA PRIVATE KEY", b"x"), "not an RSA key of 2,048 to 8,192 bits"),
        ] {
            let error = Certificate::from_pem(&SecretString::from(text.clone())).unwrap_err();
            assert!(error.message().contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn an_assertion_names_the_application_and_is_never_the_same_twice() {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let text = pem("PRIVATE KEY", key.as_der().unwrap().as_ref()) + &pem("CERTIFICATE", b"x");
        let certificate = Certificate::from_pem(&SecretString::from(text)).unwrap();
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let claims = || {
            let assertion = certificate.assertion("app", "https://login/token", now).unwrap();
            let part = |at: usize| {
                let part = assertion.expose_secret().split('.').nth(at).unwrap().to_owned();
                serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!(part(0)["typ"], "JWT");
            assert_eq!(part(0)["x5t#S256"], certificate.thumbprint);
            part(1)
        };
        let (first, second) = (claims(), claims());
        let at = now.as_second();
        assert_eq!((&first["iss"], &first["sub"]), (&json!("app"), &json!("app")));
        assert_eq!(
            (&first["nbf"], &first["iat"], &first["exp"]),
            (&json!(at - 30), &json!(at), &json!(at + 600))
        );
        assert_ne!(first["jti"], second["jti"]);
    }
}
