#include "archive_file.h"

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "io_status.h"
#include "segment_name.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kRawBlockBytes = size_t{64} << 10;
constexpr IoResult kReadOnly{0, EROFS};

}  // namespace

ArchiveFile::ArchiveFile(std::unique_ptr<File> raw)
    : raw_(std::move(raw)), index_(*raw_, damages_), stream_(*raw_, index_, damages_) {}

IoResult ArchiveFile::append(std::string_view) { return kReadOnly; }
IoResult ArchiveFile::write_at(std::string_view, int64_t) { return kReadOnly; }
IoResult ArchiveFile::sync_data() { return kReadOnly; }
IoResult ArchiveFile::truncate(int64_t) { return kReadOnly; }
IoResult ArchiveFile::try_lock() { return kReadOnly; }
IoResult ArchiveFile::locked_elsewhere() { return {}; }

StatResult ArchiveFile::stat() {
  StatResult result = raw_->stat();
  if (!result.ok()) return result;
  if (const IoResult found = find_all_pieces(); !found.ok()) return {{}, found.error};
  result.stat.size_bytes = index_.plain_end();
  return result;
}

IoResult ArchiveFile::find_all_pieces() {
  while (!index_.is_complete()) {
    const IoResult result =
        index_.is_open() ? stream_.run_to_end(index_.pieces().size() - 1) : extend();
    if (!result.ok()) return result;
  }
  return {};
}

IoResult ArchiveFile::extend() {
  const size_t count = index_.pieces().size();
  const IoResult result = index_.extend();
  if (!result.ok() || index_.pieces().size() == count || index_.is_open()) return result;
  // Nobody would ever ask for the text of a member that has none.
  const ArchivePiece& last = index_.pieces().back();
  return last.plain_end > last.plain_start ? result : IoResult{0, member_text(count).second};
}

IoResult ArchiveFile::read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) {
  char* const out = static_cast<char*>(buffer);
  for (;;) {
    // 1. The first piece that ends behind the offset. Most often it is the last one known.
    const std::vector<ArchivePiece>& pieces = index_.pieces();
    const auto found =
        std::partition_point(pieces.begin(), pieces.end(), [&](const ArchivePiece& piece) {
          return piece.plain_end != kUnknown && piece.plain_end <= offset_bytes;
        });
    if (found == pieces.end()) {
      if (index_.is_complete()) return {};
      if (const IoResult result = extend(); !result.ok()) return result;
      continue;
    }
    // 2. Its text.
    const auto index = static_cast<size_t>(found - pieces.begin());
    if (!found->is_ours) {
      const IoResult read = stream_.read_at(index, out, size_bytes, offset_bytes);
      if (!read.ok() || read.value > 0) return read;
      const int64_t end = index_.pieces()[index].plain_end;
      if (end != kUnknown && end > offset_bytes) return {0, EIO};  // it has changed underneath
      continue;  // it has turned out to end before
    }
    const auto [text, error] = member_text(index);
    if (error != 0) return {0, error};
    const auto start = static_cast<size_t>(offset_bytes - pieces[index].plain_start);
    const size_t count = std::min(size_bytes, text->size() - start);
    memcpy(out, text->data() + start, count);
    return {static_cast<int64_t>(count), 0};
  }
}

std::pair<const std::string*, int> ArchiveFile::member_text(size_t piece) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const MemberText& member) { return member.piece == piece; });
  if (found != members_.end()) {
    members_.splice(members_.begin(), members_, found);
    return {&members_.front().text, 0};
  }
  MemberText member{piece, {}};
  if (const int error = inflate_member(piece, member.text); error != 0) return {nullptr, error};
  // There may be any number of those, and the bound is of bytes.
  static const std::string& empty = *new std::string;
  if (member.text.empty()) return {&empty, 0};
  members_.push_front(std::move(member));
  int64_t kept_bytes = 0;
  for (const MemberText& kept : members_) kept_bytes += static_cast<int64_t>(kept.text.size());
  while (kept_bytes > kMembersKeptBytes && members_.size() > 1) {
    kept_bytes -= static_cast<int64_t>(members_.back().text.size());
    members_.pop_back();
  }
  return {&members_.front().text, 0};
}

int ArchiveFile::inflate_member(size_t piece_index, std::string& text) {
  const ArchivePiece& piece = index_.pieces()[piece_index];
  ++inflated_count_;
  inflater_.reset();
  text.resize(static_cast<size_t>(piece.plain_end - piece.plain_start));
  const auto block = std::make_unique_for_overwrite<char[]>(kRawBlockBytes);
  std::string_view unread;
  int64_t offset = piece.archive_start;
  size_t good_bytes = 0;
  std::string problem;
  bool has_ended = false;
  while (problem.empty() && !has_ended) {
    if (unread.empty()) {
      const int64_t left = piece.archive_end - offset;
      const IoResult read =
          left == 0
              ? IoResult{}
              : raw_->read_at(block.get(),
                              static_cast<size_t>(std::min<int64_t>(left, kRawBlockBytes)), offset);
      if (!read.ok()) return read.error;
      if (read.value == 0) {
        problem = "it is cut off in the middle of a member";
        break;
      }
      unread = {block.get(), static_cast<size_t>(read.value)};
      offset += read.value;
    }
    // Behind all text that it claims to have, the end must follow.
    char surplus;
    const bool is_full = good_bytes == text.size();
    const Inflater::Step step =
        inflater_.inflate(unread, is_full ? &surplus : text.data() + good_bytes,
                          is_full ? 1 : text.size() - good_bytes);
    unread.remove_prefix(step.taken_bytes);
    if (is_full && step.given_bytes > 0) {
      problem = concat("a member has more text than the ", text.size(), " bytes it says");
      break;
    }
    good_bytes += step.given_bytes;
    has_ended = step.outcome == Inflater::Outcome::kEnd;
    if (step.outcome == Inflater::Outcome::kDamage) problem = inflater_.problem();
  }
  const int64_t stopped_at = offset - static_cast<int64_t>(unread.size());
  if (has_ended && good_bytes < text.size()) {
    problem =
        concat("a member has ", good_bytes, " bytes of text, not the ", text.size(), " it says");
  } else if (has_ended && stopped_at < piece.archive_end) {
    problem = concat(piece.archive_end - stopped_at, " bytes behind a member belong to none");
  }
  if (!problem.empty()) {
    note_damage(piece_index, good_bytes, stopped_at, has_ended, std::move(problem), text);
  }
  index_.piece(piece_index).is_checked = true;
  return 0;
}

// Where text is missing, something stands in its place. Where all is there but wrong, the damage
// comes before it, so that whoever minds damage is not given what may be wrong.
void ArchiveFile::note_damage(size_t piece_index, size_t good_bytes, int64_t stopped_at,
                              bool has_ended, std::string problem, std::string& text) {
  const ArchivePiece& piece = index_.pieces()[piece_index];
  ArchiveDamage damage;
  damage.archive_start = stopped_at;
  damage.archive_end = piece.archive_end;
  damage.problem = std::move(problem);
  // What is wrong may have no end; the next line is not to be glued to it.
  if (!text.empty() && !(has_ended && good_bytes == text.size())) text.back() = '\n';
  if (good_bytes < text.size()) {
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(good_bytes), text.end() - 1, '\0');
    damage.plain_start = piece.plain_start + static_cast<int64_t>(good_bytes);
    damage.plain_end = piece.plain_end;
  } else if (has_ended) {
    damage.plain_start = damage.plain_end = piece.plain_end;
  } else {
    damage.archive_start = piece.archive_start;
    damage.plain_start = damage.plain_end = piece.plain_start;
    damage.doubtful_end = piece.plain_end;
  }
  if (!piece.is_checked) damages_.add(std::move(damage));
}

absl::StatusOr<std::vector<ArchiveFile::Member>> ArchiveFile::list_members(
    const std::string& path) {
  std::vector<Member> members;
  while (!index_.is_complete() && !index_.is_open()) {
    if (const IoResult result = extend(); !result.ok()) {
      return io_error(result.error, "cannot read", path);
    }
  }
  for (const ArchivePiece& piece : index_.pieces()) {
    if (!piece.is_ours) return std::vector<Member>();
    members.push_back({piece.member, piece.archive_start, piece.plain_start});
  }
  return members;
}

std::unique_ptr<File> text_of_log_file(std::unique_ptr<File> raw, const std::string& path) {
  if (!path.ends_with(".gz")) return raw;
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (!log_name_of_segment(name).has_value()) {
    char magic[2];
    const IoResult read = raw->read_at(magic, sizeof(magic), 0);
    if (!read.ok() || std::string_view(magic, static_cast<size_t>(read.value)) != "\x1f\x8b") {
      return raw;
    }
  }
  return std::make_unique<ArchiveFile>(std::move(raw));
}

absl::StatusOr<std::unique_ptr<File>> open_log_file(FileSystem& file_system, std::string& path) {
  absl::StatusOr<std::unique_ptr<File>> raw = open_for_reading(file_system, path);
  if (absl::IsNotFound(raw.status()) && !path.ends_with(".gz")) {
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (log_name_of_segment(name).has_value()) {
      std::string archive_path = path + ".gz";
      absl::StatusOr<std::unique_ptr<File>> archive = open_for_reading(file_system, archive_path);
      if (!absl::IsNotFound(archive.status())) {
        raw = std::move(archive);
        path = std::move(archive_path);
      }
    }
  }
  if (!raw.ok()) return raw;
  return text_of_log_file(*std::move(raw), path);
}

ArchiveFile* as_archive(File& file) { return dynamic_cast<ArchiveFile*>(&file); }

}  // namespace logslice::internal
