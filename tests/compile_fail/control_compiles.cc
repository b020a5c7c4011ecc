// The control of this folder: with the same compiler, folders and flags, sound code compiles.
// target: reflection
// expect-compiles
#include <string>

#include "absl/status/status.h"
#include "boost/pfr/core_name.hpp"

struct Event {
  std::string name;
};

static_assert(boost::pfr::get_name<0, Event>() == "name");
