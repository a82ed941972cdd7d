//! Loops compiled for the widest vectors that the processor at hand has.
//!
//! Only instructions differ: integers and fused multiply-adds give the same bits everywhere.
//!
//! Must not know: what is computed.

/// Work whose loops gain from wide vectors. `run` must be inlined, as must all that it calls.
pub(super) trait Work {
    /// What it computes.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}

/// Runs the work with AVX2 and fused multiply-add where the processor has them.
#[cfg(target_arch = "x86_64")]
pub(super) fn widest<W: Work>(work: W) -> W::Output {
    #[target_feature(enable = "avx2,fma")]
    fn wide<W: Work>(work: W) -> W::Output {
        work.run()
    }
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        #[expect(unsafe_code, reason = "the only way into code for a newer processor")]
        // SAFETY: the processor has just been found to have what `wide` is compiled for.
        unsafe {
            return wide(work);
        }
    }
    work.run()
}

/// Runs the work; other processors have their vectors by default.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn widest<W: Work>(work: W) -> W::Output {
    work.run()
}
