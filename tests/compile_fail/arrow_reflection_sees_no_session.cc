// session -> persistence -> reflection: an include against the arrow does not compile.
// target: reflection
// expect: logslice/session/[a-z_]+\.h.*(No such file|file not found)
#include "logslice/session/session.h"
