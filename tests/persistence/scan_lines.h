// Lines of all kinds, for scans.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"

namespace logslice::testing {

struct Step {
  std::string name;
  int64_t number = 7;
  std::optional<std::string> text;
  std::vector<int> list;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Step> {
  static constexpr std::string_view id = "test:Step";
};

namespace logslice::testing {

inline constexpr const char* kLog = "/log.jsonl";
inline constexpr int64_t kBlockBytes = int64_t{128} << 10;  // that a scan reads at once
inline const absl::Time kStart = absl::FromUnixSeconds(1'736'937'000);

inline std::string time_text(int64_t seq) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6S", kStart + absl::Milliseconds(seq),
                          absl::UTCTimeZone()) +
         "+00:00";
}

inline std::string line(const std::string& type, const std::string& members, int64_t seq) {
  return "{\"__type__\":\"test:" + type + "\"," + members + ",\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"" + time_text(seq) + "\"}\n";
}

inline std::string many_unnumbered(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += "{\"name\":\"" + std::string(i % 120, 'u') + "\",\"number\":1}\n";
  }
  return text;
}

inline std::string step(int64_t seq, const std::string& name) {
  return line("Step", "\"name\":\"" + name + "\",\"number\":5,\"text\":null,\"list\":[1,2]", seq);
}

// Lines of all kinds, numbered from `first` on; those of other programs have no number.
inline std::string lines_of_all_kinds(std::mt19937& random, int64_t first, int64_t count,
                                      int oddity) {
  std::string text;
  for (int64_t seq = first; seq < first + count;) {
    const unsigned kind = random() % 1000;
    const std::string name(random() % 90, static_cast<char>('a' + random() % 26));
    if (kind >= static_cast<unsigned>(20 * oddity)) {
      text += step(seq++, name);
      continue;
    }
    switch (kind % 14) {
      case 0:
        text += line("Other", "\"a\":1", seq++);
        break;
      case 1:
        text += "{\"name\": \"" + name + "\", \"time\": \"" + time_text(seq) + "\"}\n";
        break;
      case 2:
        text += "\n";
        break;
      case 3:
        text += " \t \r\n";
        break;
      case 4:
        text += "{\"__type__\":\"test:Step\",\"name\":\"cut off\n";
        break;
      case 5:
        text += line("Step", "\"number\":5", seq++);  // members are missing
        break;
      case 6:
        text += line("Step", "\"number\":\"five\"", seq++);  // of another shape
        break;
      case 7:
        text += "  { \"__seq__\" : " + std::to_string(seq) +
                ", \"name\" : \"\\u00e4\", \"__type__\" : \"test:Step\" }\n";
        ++seq;
        break;
      case 8:
        text +=
            line("Step", "\"name\":\"" + std::string(5000 + random() % 9000, 'x') + "\"", seq++);
        break;
      case 9:
        text += "[1,2]\nnull\n";
        break;
      case 10:
        text += step(std::max<int64_t>(1, seq - 3), name);  // a number that goes back
        break;
      case 11:
        text +=
            line("Step", "\"name\":\"Дата и 日本\",\"number\":1,\"text\":\"é\",\"list\":[]", seq++);
        break;
      case 12:
        if (random() % 30 == 0) {
          text += line(
              "Step", "\"name\":\"" + std::string(150'000 + random() % 200'000, 'L') + "\"", seq++);
        }
        break;
      default:
        text +=
            "{\"__type__\":\"test:Step\",\"name\":\"\xff\",\"__seq__\":" + std::to_string(seq++) +
            "}\n";
        break;
    }
  }
  return text;
}

}  // namespace logslice::testing
