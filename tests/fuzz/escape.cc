#include "escape.h"

#include <rapidjson/document.h>

#include <cstdint>
#include <string>

#include "json_text.h"
#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "targets.h"

namespace logslice::fuzz {
namespace {

std::string escaped(std::string_view text, int64_t* repaired_strings) {
  // As much room as is asked for and no more, so that a sanitiser sees a byte beyond it.
  std::string out(text.size() * internal::kEscapedBytesPerByteMax + internal::kEscapeSlackBytes,
                  '#');
  const char* const end =
      internal::write_escaped(text.data(), text.size(), out.data(), repaired_strings);
  out.resize(static_cast<size_t>(end - out.data()));
  return out;
}

}  // namespace

void escape(std::string_view bytes) {
  int64_t repaired_strings = 0;
  const std::string json = escaped(bytes, &repaired_strings);
  const std::string repaired = internal::repaired_utf8(bytes);
  require(internal::is_valid_utf8(repaired.data(), repaired.size()), "what is repaired is broken");
  require((repaired_strings == 1) == (repaired != bytes),
          "a repair is not counted, or one too many");
  require(internal::repaired_utf8(repaired) == repaired, "what is repaired is repaired again");
  for (const char c : json) {
    require(static_cast<unsigned char>(c) >= ' ', "a control character is not escaped");
  }

  // 1. For everybody else.
  const std::string quoted = "\"" + json + "\"";
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(quoted.data(), quoted.size());
  require(!document.HasParseError() && document.IsString(), "what is written is no JSON string");
  require(std::string_view(document.GetString(), document.GetStringLength()) == repaired,
          "RapidJSON reads another text");

  // 2. For us. What stands behind the string must not matter.
  std::string padded = json + "\"\n";
  padded.append(internal::kReadPaddingBytes, '\\');
  std::string text;
  const char* const end = internal::read_string(padded.data(), &text);
  require(end == padded.data() + json.size(), "our reader finds another end");
  require(text == repaired, "our reader reads another text");
  require(escaped(text, &repaired_strings) == json, "writing again gives other bytes");
}

}  // namespace logslice::fuzz
