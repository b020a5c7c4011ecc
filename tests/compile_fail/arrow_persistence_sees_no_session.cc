// session -> persistence -> reflection: an include against the arrow does not compile.
// target: persistence
// expect: logslice/session/[a-z_]+\.h.*(No such file|file not found)
#include "logslice/session/session.h"
