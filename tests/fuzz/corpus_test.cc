// The fuzz targets on their seeds, whole and cut, and on simple mutations of them: so that a target
// stays alive between the runs of ./dev fuzz, and what one of those found stays mended.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "targets.h"

namespace logslice::fuzz {
namespace {

constexpr int kMutationCount = 3000;

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a gtest failure can show of any bytes.
std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      text += c;
    } else {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      text.append("\\x") += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    std::string text = any_seed();
    for (size_t edits = 1 + below(4); edits > 0; --edits) edit(text);
    return text;
  }

 private:
  size_t below(size_t bound) { return random_() % bound; }
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }

  void edit(std::string& text) {
    constexpr std::string_view kTokens = "{}[]\",:\\0919eE+-. \t\r\n\x80\xC3\xFF";
    const size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, 1, kTokens[below(kTokens.size())]);
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), below(40)));
        break;
      case 3:
        text.resize(at);
        break;
      case 4: {
        const std::string& other = any_seed();
        text = text.substr(0, at) + other.substr(below(other.size() + 1));
        break;
      }
      default:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  std::mt19937 random_{20250115};
  const std::vector<std::string> seeds_;
};

class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, FindsNothingInTheSeedsAndTheirMutations) {
  const Target& target = GetParam();
  const std::filesystem::path folder =
      std::filesystem::path(LOGSLICE_SOURCE_DIR) / "tests/fuzz/corpus" / target.name;
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    seeds.push_back(read_file(entry.path()));
  }
  ASSERT_FALSE(seeds.empty());
  std::sort(seeds.begin(), seeds.end());  // folders have no order, and the mutations shall have one
  const auto run = [&](const std::string& bytes) {
    ASSERT_NO_THROW(target.run(bytes)) << printable(bytes);
  };
  for (const std::string& seed : seeds) {
    run(seed);
    if (HasFatalFailure()) return;
  }
  Mutator mutator(seeds);
  for (int i = 0; i < kMutationCount && !HasFatalFailure(); ++i) run(mutator.next());
}

TEST(FuzzEscape, FindsNothingInAnyPairOfBytesAtTheBordersOfBlocks) {
  // Across the border of a block of 16 or 32 bytes and at the start of one; at the text's end and
  // not.
  for (const size_t place : {size_t{15}, size_t{16}, size_t{31}, size_t{32}}) {
    for (const size_t behind : {size_t{0}, size_t{20}}) {
      std::string text(place + 2 + behind, 'a');
      for (int pair = 0; pair < 65536; ++pair) {
        text[place] = static_cast<char>(pair >> 8);
        text[place + 1] = static_cast<char>(pair & 255);
        ASSERT_NO_THROW(escape(text)) << printable(text);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Targets, FuzzCorpus,
    ::testing::Values(Target{"archive", archive}, Target{"decode_line", decode_line},
                      Target{"escape", escape}, Target{"recover_and_scan", recover_and_scan},
                      Target{"sidecar", sidecar}, Target{"snapshot_json", snapshot_json}),
    [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace logslice::fuzz
