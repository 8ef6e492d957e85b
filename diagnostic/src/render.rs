//! Coloured rendering.
