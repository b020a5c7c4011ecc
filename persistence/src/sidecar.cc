#include "sidecar.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "io_status.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/time_text.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kContentBytesMax = size_t{1} << 20;
constexpr std::string_view kCheckKey = ",\"check\":\"";
constexpr std::string_view kEnd = "\"}\n";
constexpr size_t kCheckBytes = 16;

// FNV-1a: tells a torn rewrite from a whole one; it is no defence against forgers.
std::string checksum(std::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211u;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits(kCheckBytes, '0');
  for (size_t i = kCheckBytes; i-- > 0; hash >>= 4) digits[i] = kDigits[hash & 15];
  return digits;
}

std::optional<int64_t> int64_member(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsInt64()) return std::nullopt;
  const int64_t value = member->value.GetInt64();
  if (value < 0) return std::nullopt;
  return value;
}

std::string describe_holder(File& file) {
  const std::optional<SidecarContent> content = read_sidecar(file);
  if (!content.has_value()) return "a writer that is just opening or closing it";
  TimeTextCache time_text;
  return concat("process ", content->pid, " since ", time_text.format(content->started_at));
}

}  // namespace

std::string sidecar_path(const std::string& log_path) { return log_path + ".lock"; }

std::string encode_sidecar(const SidecarContent& content) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  TimeTextCache time_text;
  const std::string_view started_at = time_text.format(content.started_at);
  writer.StartObject();
  writer.Key("version");
  writer.Int(1);
  writer.Key("pid");
  writer.Int64(content.pid);
  writer.Key("started_at");
  writer.String(started_at.data(), static_cast<rapidjson::SizeType>(started_at.size()));
  writer.Key("last_seq");
  writer.Int64(content.last_seq);
  if (content.log_bytes.has_value()) {
    writer.Key("log_bytes");
    writer.Int64(*content.log_bytes);
    writer.Key("sealed_count");
    writer.Int64(content.sealed_count);
    writer.Key("type_counts");
    writer.StartObject();
    for (const auto& [type, count] : content.type_counts) {
      writer.Key(type.data(), static_cast<rapidjson::SizeType>(type.size()));
      writer.Int64(count);
    }
    writer.EndObject();
  }
  writer.EndObject();
  std::string text(buffer.GetString(), buffer.GetSize() - 1);  // without its `}`
  const std::string check = checksum(text);
  text.append(kCheckKey).append(check).append(kEnd);
  return text;
}

std::optional<SidecarContent> decode_sidecar(std::string_view text) {
  // 1. The first line, with its newline: what lies behind it is left from longer content.
  const size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return std::nullopt;
  text = text.substr(0, newline + 1);
  // 2. It ends with the checksum of what stands before.
  constexpr size_t kTailBytes = kCheckKey.size() + kCheckBytes + kEnd.size();
  if (text.size() < kTailBytes) return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - kTailBytes);
  const std::string_view check = text.substr(body.size() + kCheckKey.size(), kCheckBytes);
  if (!text.substr(body.size()).starts_with(kCheckKey) || !text.ends_with(kEnd) ||
      check != checksum(body)) {
    return std::nullopt;
  }
  // 3. So it is what a writer wrote; a later version is not ours to read.
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  const std::optional<int64_t> version = int64_member(document, "version");
  const std::optional<int64_t> pid = int64_member(document, "pid");
  const std::optional<int64_t> last_seq = int64_member(document, "last_seq");
  const auto started_at = document.FindMember("started_at");
  if (version != 1 || !pid.has_value() || !last_seq.has_value() ||
      started_at == document.MemberEnd() || !started_at->value.IsString()) {
    return std::nullopt;
  }
  SidecarContent content;
  content.pid = *pid;
  content.last_seq = *last_seq;
  TimeParser times;
  if (!times.parse({started_at->value.GetString(), started_at->value.GetStringLength()},
                   &content.started_at)) {
    return std::nullopt;
  }
  // Counts mean nothing without what they are the counts of.
  const std::optional<int64_t> log_bytes = int64_member(document, "log_bytes");
  const auto counts = document.FindMember("type_counts");
  if (!log_bytes.has_value() || counts == document.MemberEnd() || !counts->value.IsObject()) {
    return content;
  }
  content.log_bytes = log_bytes;
  content.sealed_count = int64_member(document, "sealed_count").value_or(0);
  for (const auto& member : counts->value.GetObject()) {
    if (!member.value.IsInt64() || member.value.GetInt64() < 0) return std::nullopt;
    content.type_counts[{member.name.GetString(), member.name.GetStringLength()}] =
        member.value.GetInt64();
  }
  return content;
}

std::optional<SidecarContent> read_sidecar(File& file) {
  std::string text;
  std::array<char, 4096> block;
  while (text.size() < kContentBytesMax && text.find('\n') == std::string::npos) {
    const IoResult read =
        file.read_at(block.data(), block.size(), static_cast<int64_t>(text.size()));
    if (!read.ok() || read.value == 0) break;
    text.append(block.data(), static_cast<size_t>(read.value));
  }
  return decode_sidecar(text);
}

Sidecar::Sidecar(std::unique_ptr<File> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

absl::StatusOr<std::unique_ptr<Sidecar>> Sidecar::lock(FileSystem& file_system,
                                                       const std::string& log_path) {
  const std::string path = sidecar_path(log_path);
  OpenResult opened = file_system.open(path, OpenMode::kUpdate);
  if (opened.error == ENOENT) {
    opened = file_system.open(path, OpenMode::kUpdateNew);
    // Another writer came in between: its file will do.
    if (opened.error == EEXIST) opened = file_system.open(path, OpenMode::kUpdate);
  }
  if (opened.error == ELOOP) return check_regular(FileKind::kSymlink, path);
  if (opened.error == EISDIR) return check_regular(FileKind::kDirectory, path);
  if (!opened.ok()) return io_error(opened.error, "cannot open", path);
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
  if (absl::Status status = check_regular(stat.stat.kind, path); !status.ok()) return status;

  const IoResult locked = opened.file->try_lock();
  if (locked.error == EAGAIN || locked.error == EACCES) {
    return with_error_kind(
        unavailable(concat(log_path, " is open for writing in ", describe_holder(*opened.file),
                           "; a log has one writer at a time: close that one or use another path")),
        ErrorKind::kLock);
  }
  if (!locked.ok()) return io_error(locked.error, "cannot lock", path);

  std::unique_ptr<Sidecar> sidecar(new Sidecar(std::move(opened.file), path));
  sidecar->found_ = read_sidecar(*sidecar->file_);
  return sidecar;
}

absl::Status Sidecar::write(const SidecarContent& content) {
  const std::string text = encode_sidecar(content);
  size_t done = 0;
  while (done < text.size()) {
    const IoResult written =
        file_->write_at(std::string_view(text).substr(done), static_cast<int64_t>(done));
    if (!written.ok()) return io_error(written.error, "cannot write to", path_);
    if (written.value == 0) return io_error(ENOSPC, "cannot write to", path_);  // else for ever
    done += static_cast<size_t>(written.value);
  }
  const IoResult cut = file_->truncate(static_cast<int64_t>(text.size()));
  if (!cut.ok()) return io_error(cut.error, "cannot truncate", path_);
  return absl::OkStatus();
}

}  // namespace logslice::internal
