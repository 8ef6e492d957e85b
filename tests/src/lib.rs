//! Paths and corpora that several tests share.
