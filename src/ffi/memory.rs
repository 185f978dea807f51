//! Memory is wiped when it is freed, so that no secret stays behind in what others free for us: the buffers of HTTP and TLS,
//! of the JSON reader, of the keys.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

/// Larger blocks hold pictures. Wiping and moving those would cost time and protect nothing.
const LARGEST: usize = 64 << 10;

#[global_allocator]
static MEMORY: Wiping = Wiping;

/// The system's allocator, with a wipe before each free.
struct Wiping;

// SAFETY: every block comes from and goes back to the system's allocator with its own layout.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() <= LARGEST {
            // SAFETY: the block has this size, and nobody reads it any more.
            unsafe { block.write_bytes(0, layout.size()) };
            // The compiler must not see that the zeros are never read.
            black_box(block);
        }
        // SAFETY: the caller gives a block of ours and its layout.
        unsafe { System.dealloc(block, layout) }
    }

    /// A small block moves through [`Self::dealloc`], since the system's `realloc` leaves the old one behind as it was.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.size() > LARGEST {
            // SAFETY: the caller keeps to the contract of `realloc`, which is the same.
            return unsafe { System.realloc(block, layout, size) };
        }
        // SAFETY: the caller vouches that `size` fits this alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: `size` is not zero, by the contract of `realloc`.
        let new = unsafe { System.alloc(new_layout) };
        if !new.is_null() {
            // SAFETY: both blocks are at least that long, and a new block overlaps no old one.
            unsafe { new.copy_from_nonoverlapping(block, layout.size().min(size)) };
            // SAFETY: the caller gives a block of ours and its layout, and uses the new one from now on.
            unsafe { self.dealloc(block, layout) };
        }
        new
    }
}
