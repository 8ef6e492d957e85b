//! Shows progress bars on standard error, on a terminal only. Their messages are escaped like all others.

use std::fmt;
use std::time::Duration;

use dvkit_diagnostic::printable;
#[cfg(feature = "fetch")]
use indicatif::MultiProgress;
use indicatif::ProgressStyle;

/// A progress bar with a message.
pub(crate) struct ProgressBar(indicatif::ProgressBar);

impl ProgressBar {
    /// Returns a spinner without a length, which moves by itself. `template` is its layout in the syntax of
    /// `indicatif`.
    pub(crate) fn new(template: &'static str) -> Self {
        let bar = Self(indicatif::ProgressBar::new(0)).styled(template);
        bar.0.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Returns a bar of `length` steps that moves only when it is advanced, so that it can be shown by a
    /// thread that has locked standard error. It is not shown if standard error is not a terminal.
    pub(crate) fn counting(template: &'static str, length: u64) -> Self {
        Self(indicatif::ProgressBar::new(length)).styled(template)
    }

    /// Removes the bar from the screen while `print` runs, which prints something.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    fn styled(self, template: &'static str) -> Self {
        // The template is a constant; if it were invalid, the default style would do.
        let style = ProgressStyle::with_template(template);
        self.0.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self
    }

    /// Sets the message beside the bar, on one line.
    pub(crate) fn say(&self, words: fmt::Arguments<'_>) {
        self.0.set_message(printable::line(&words.to_string()).to_string());
    }

    /// Sets `length`, the position at which the bar is full.
    pub(crate) fn set_length(&self, length: u64) {
        self.0.set_length(length);
    }

    /// Sets the bar to `position`, a number from 0 to its length.
    #[cfg(feature = "fetch")]
    pub(crate) fn set_position(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Advances the position by `steps`.
    pub(crate) fn advance(&self, steps: u64) {
        self.0.inc(steps);
    }

    /// Removes the bar from the screen.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// What a bar shows, for tests of those that use one.
#[cfg(test)]
impl ProgressBar {
    pub(crate) fn position(&self) -> u64 {
        self.0.position()
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.0.length()
    }

    pub(crate) fn message(&self) -> String {
        self.0.message()
    }

    #[cfg(feature = "fetch")]
    pub(crate) fn is_cleared(&self) -> bool {
        self.0.is_finished()
    }
}

/// A group of progress bars, one below the other.
#[cfg(feature = "fetch")]
#[derive(Default)]
pub(crate) struct ProgressBars(MultiProgress);

#[cfg(feature = "fetch")]
impl ProgressBars {
    /// Adds a bar below the others. `template` is its layout in the syntax of `indicatif`; a bar whose
    /// `length` is `None` gets its length later.
    pub(crate) fn add(&self, template: &'static str, length: Option<u64>) -> ProgressBar {
        let bar = length.map_or_else(indicatif::ProgressBar::no_length, indicatif::ProgressBar::new);
        ProgressBar(self.0.add(bar)).styled(template)
    }

    /// Prints a line above the bars.
    pub(crate) fn say(&self, words: fmt::Arguments<'_>) {
        self.0.suspend(|| super::stderr::notice(words));
    }
}
