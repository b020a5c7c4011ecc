#include "rounding.h"

#include <array>
#include <charconv>

namespace scout_audit {

double round_to(double number, int decimals) {
  // The conversion knows all digits of the number, where multiplying by 100 would round before.
  std::array<char, 400> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number,
                                     std::chars_format::fixed, decimals);
  double rounded = number;
  if (written.ec == std::errc()) std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

}  // namespace scout_audit
