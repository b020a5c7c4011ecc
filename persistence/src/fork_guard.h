// This header defines what keeps a forked child away from its parent's logs.
//
// A child inherits open descriptors, and with them an OFD lock, which would outlive the parent and
// shut its successor out. And a mutex that some thread of the parent held at that moment is held in
// the child for ever. So the child closes the lock descriptors at once, and everything that could
// touch a mutex asks for the generation first.
#pragma once

#include "logslice/persistence/internal/process_generation.h"

namespace logslice::internal {

// From now on a forked child closes `descriptor` before fork() returns in it.
void close_descriptor_on_fork(int descriptor);
// Ends that, before `descriptor` is closed.
void forget_descriptor(int descriptor);

}  // namespace logslice::internal
