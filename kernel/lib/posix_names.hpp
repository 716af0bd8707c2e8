#pragma once

// POSIX has a function sync, and the kernel a namespace of that name. The compiler's own headers bring unistd.h along,
// so the Makefile has this included before anything else, and the function steps aside. Nothing calls it.
#define sync posix_sync
#include <unistd.h>
#undef sync
