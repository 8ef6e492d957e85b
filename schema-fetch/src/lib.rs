//! Metadata to snapshot.
