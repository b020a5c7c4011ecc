#include <array>
#include <boost/pfr/core.hpp>
#include <boost/pfr/ops_fields.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contender.h"
#include "types.h"

namespace logslice::weight {
namespace {

void fill(bool& member, int64_t) { member = true; }
void fill(int32_t& member, int64_t number) { member = static_cast<int32_t>(number); }
void fill(int64_t& member, int64_t number) { member = number << 33; }
void fill(double& member, int64_t number) { member = static_cast<double>(number) + 0.1; }
void fill(std::string& member, int64_t number) {
  member = "text \"" + std::to_string(number) + "\"\n" + std::string(20, 'x');
}
template <typename T>
void fill(std::optional<T>& member, int64_t number) {
  fill(member.emplace(), number);
}
template <typename T>
void fill(std::vector<T>& member, int64_t number) {
  member.resize(2);
  for (T& element : member) fill(element, ++number);
}

template <typename T>
T sample(int64_t step) {
  T entry;
  boost::pfr::for_each_field(entry, [step](auto& member, size_t index) {
    fill(member, step * 100 + static_cast<int64_t>(index) * 10 + 1);
  });
  return entry;
}

struct Functions {
  void (*fill)(int64_t step, void* entry);
  bool (*is_equal)(int64_t step, const void* entry);
};

template <typename... T>
constexpr std::array<Functions, sizeof...(T)> functions_of(TypeList<T...>) {
  return {Functions{[](int64_t step, void* entry) { *static_cast<T*>(entry) = sample<T>(step); },
                    [](int64_t step, const void* entry) {
                      return boost::pfr::eq_fields(*static_cast<const T*>(entry), sample<T>(step));
                    }}...};
}

constexpr auto kFunctions = functions_of(AllTypes{});

}  // namespace

void fill_sample(size_t type, int64_t step, void* entry) { kFunctions[type].fill(step, entry); }

bool is_sample(size_t type, int64_t step, const void* entry) {
  return kFunctions[type].is_equal(step, entry);
}

}  // namespace logslice::weight
