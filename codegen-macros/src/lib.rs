//! The macros of dvkit; their bodies are in `dvkit-codegen`.
#![forbid(unsafe_code)]
