// Compiles where Boost.PFR gives the names of the fields of an aggregate. Used by CMake and ./dev.
#include <string>
#include <string_view>

#include <boost/pfr/core.hpp>
#include <boost/pfr/core_name.hpp>

struct Probe {
  int first;
  std::string second;
};

static_assert(boost::pfr::tuple_size_v<Probe> == 2);
static_assert(boost::pfr::get_name<1, Probe>() == std::string_view("second"));

int main() { return 0; }
