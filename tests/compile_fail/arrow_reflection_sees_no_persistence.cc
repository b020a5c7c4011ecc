// session -> persistence -> reflection: an include against the arrow does not compile.
// target: reflection
// expect: logslice/persistence/[a-z_]+\.h.*(No such file|file not found)
#include "logslice/persistence/scan_log.h"
