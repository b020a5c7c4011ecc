#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base64.h"
#include "escape.h"
#include "json_text.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "utf8.h"

namespace logslice::internal {
namespace {

// The text in a string whose room, as far as it is not used, is full of what needs an escape.
std::string among_quotes(std::string_view text) {
  std::string string(text.size() + 32, '"');
  string.replace(0, text.size(), text);
  string.resize(text.size());
  return string;
}

std::string escaped(std::string_view text, int64_t* repaired = nullptr) {
  std::string out(text.size() * kEscapedBytesPerByteMax + kEscapeSlackBytes, '#');
  int64_t count = 0;
  out.resize(static_cast<size_t>(write_escaped(text.data(), text.size(), out.data(), &count) -
                                 out.data()));
  if (repaired != nullptr) *repaired = count;
  // Whether it is given as a string or not.
  for (const std::string& string : {std::string(text), among_quotes(text)}) {
    std::string same(out.size() + kEscapeSlackBytes, '#');
    int64_t same_count = 0;
    same.resize(static_cast<size_t>(write_escaped(string, same.data(), &same_count) - same.data()));
    EXPECT_EQ(same, out);
    EXPECT_EQ(same_count, count);
  }
  return out;
}

std::string unescaped(const std::string& text) {
  std::string padded = text + "\"\n";
  padded.append(kReadPaddingBytes, '\0');
  std::string out;
  const char* end = read_string(padded.data(), &out);
  EXPECT_EQ(end, padded.data() + text.size());
  return out;
}

TEST(Utf8, VectorAndScalarAgreeOnEveryPairOfBytesAtEveryPlace) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      // Before, across and behind the border of a block.
      for (const size_t place : {size_t{0}, size_t{14}, size_t{15}, size_t{20}}) {
        std::string text(place, 'a');
        text += static_cast<char>(first);
        text += static_cast<char>(second);
        for (const size_t more : {size_t{0}, size_t{20}}) {
          text.append(more, 'a');
          ASSERT_EQ(is_valid_utf8(text.data(), text.size()),
                    is_valid_utf8_scalar(text.data(), text.size()))
              << first << " " << second << " " << place;
        }
      }
    }
  }
}

TEST(Utf8, VectorAndScalarAgreeOnRandomSequences) {
  std::mt19937 random(1);
  const unsigned char kInteresting[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                        0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                        0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  int valid = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const size_t size = random() % 40;
    while (text.size() < size) {
      text += static_cast<char>(kInteresting[random() % sizeof kInteresting]);
      if (random() % 2 == 0) text += "\xE2\x98\x83";
    }
    const bool scalar = is_valid_utf8_scalar(text.data(), text.size());
    valid += scalar ? 1 : 0;
    ASSERT_EQ(is_valid_utf8(text.data(), text.size()), scalar);
  }
  EXPECT_GT(valid, 1000);
}

TEST(Utf8, KnowsTheBordersOfTheStandard) {
  for (const char* good :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good, std::string_view(good).size()));
  }
  for (const char* bad : {"\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xEF\xBF",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(is_valid_utf8(bad, std::string_view(bad).size()));
  }
}

TEST(Escape, GivesBackEveryByteAtEveryPlaceOfAString) {
  for (int byte = 0; byte < 128; ++byte) {
    for (size_t size = 1; size < 50; ++size) {
      for (const size_t place : {size_t{0}, size / 2, size - 1}) {
        std::string text(size, 'x');
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(unescaped(escaped(text)), text) << byte << " " << size << " " << place;
      }
    }
  }
}

TEST(Escape, WritesTheShortFormsAndNothingRaw) {
  EXPECT_EQ(escaped("\"\\/\b\f\n\r\t\x01\x1F\x7F"), "\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F");
}

TEST(Escape, OfEveryPairOfBytesIsReadable) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      int64_t repaired = 0;
      const std::string out = escaped(text, &repaired);
      ASSERT_TRUE(is_valid_utf8(out.data(), out.size()));
      const std::string again = unescaped(out);
      ASSERT_EQ(repaired, again == text ? 0 : 1) << first << " " << second;
    }
  }
}

TEST(Escape, ReplacesEachBrokenPieceOnce) {
  EXPECT_EQ(escaped("a\xFF\xFEz"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(escaped("\xE2\x82z"), "\xEF\xBF\xBDz");  // a beginning: one piece
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a raw surrogate
  EXPECT_EQ(escaped("☃\xF0\x9F\x98"), "☃\xEF\xBF\xBD");
}

TEST(ReadString, DecodesEscapes) {
  EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00\/)"), "Aé€😀/");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(unescaped(R"(\ud83d)"), "\xEF\xBF\xBD");
  EXPECT_EQ(unescaped(R"(\ude00\ud83dx)"), "\xEF\xBF\xBD\xEF\xBF\xBDx");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\xEF\xBF\xBD😀");
}

TEST(Base64, GivesBackEveryLength) {
  for (size_t size = 0; size < 40; ++size) {
    std::vector<std::byte> bytes;
    for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(i * 37));
    std::string text(base64_bytes(size), '#');
    EXPECT_EQ(write_base64(bytes, text.data()), text.data() + text.size());
    std::vector<std::byte> again;
    ASSERT_TRUE(read_base64(text, &again)) << text;
    EXPECT_EQ(again, bytes);
  }
}

TEST(Base64, RefusesOtherForms) {
  std::vector<std::byte> bytes;
  for (const char* text :
       {"A", "AA", "AAA", "AA=A", "====", "A===", "AA==AAAA", "AB==", "A-==", "AAB="}) {
    EXPECT_FALSE(read_base64(text, &bytes)) << text;
  }
}

}  // namespace
}  // namespace logslice::internal
