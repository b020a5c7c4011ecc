#include "salvage_input.h"

#include <algorithm>
#include <optional>

#include "archive_file.h"
#include "io_status.h"
#include "log_files.h"
#include "logslice/reflection/internal/status.h"
#include "segment_name.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr int64_t kSurveyedBlockBytes = 256 << 10;
constexpr size_t kBlocksKept = 64;

}  // namespace

absl::StatusOr<SalvageInput> SalvageInput::open(FileSystem& file_system,
                                                const std::string& log_path) {
  SalvageInput input(file_system, log_path);
  if (absl::Status status = input.list(input.files_); !status.ok()) return status;
  for (size_t i = 0; i < input.files_.size(); ++i) {
    InputFile& file = input.files_[i];
    file.size_bytes = file.file_size_bytes;
    if (!file.path.ends_with(".gz")) continue;
    const absl::StatusOr<File*> text = input.file(i);
    if (!text.ok()) return text.status();
    const StatResult stat = (*text)->stat();
    if (!stat.ok()) return io_error(stat.error, "cannot read", file.path);
    file.size_bytes = stat.stat.size_bytes;
  }
  return input;
}

absl::Status SalvageInput::list(std::vector<InputFile>& files) const {
  absl::StatusOr<FilesBeside> beside = list_files_beside(*file_system_, log_path_);
  if (!beside.ok()) return beside.status();
  std::vector<std::string> paths = std::move(beside->foreign_archives);
  const size_t foreign_count = paths.size();
  for (const SegmentName& name : beside->sealed) paths.push_back(segment_path(log_path_, name));
  paths.push_back(log_path_);
  for (std::string& path : paths) {
    const absl::StatusOr<std::unique_ptr<File>> opened = open_for_reading(*file_system_, path);
    // Beside sealed segments an active file need not be.
    if (absl::IsNotFound(opened.status()) && &path == &paths.back() && paths.size() > 1) break;
    if (!opened.ok()) return opened.status();
    const StatResult stat = (*opened)->stat();
    if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
    files.push_back({.path = std::move(path),
                     .is_foreign_archive = files.size() < foreign_count,
                     .file_size_bytes = stat.stat.size_bytes,
                     .device = stat.stat.device,
                     .inode = stat.stat.inode});
  }
  return absl::OkStatus();
}

int64_t SalvageInput::bytes() const {
  int64_t bytes = 0;
  for (const InputFile& file : files_) bytes += file.size_bytes;
  return bytes;
}

absl::Status SalvageInput::changed(const std::string& path) const {
  return unavailable(concat(path, " changes while it is read: close what writes to ", log_path_,
                            " and run this again"));
}

absl::StatusOr<File*> SalvageInput::file(size_t index) {
  if (open_file_ == nullptr || open_index_ != index) {
    open_file_.reset();
    const InputFile& file = files_[index];
    absl::StatusOr<std::unique_ptr<File>> opened = open_for_reading(*file_system_, file.path);
    if (!opened.ok()) return opened.status();
    const StatResult stat = (*opened)->stat();
    if (!stat.ok()) return io_error(stat.error, "cannot stat", file.path);
    if (stat.stat.inode != file.inode || stat.stat.device != file.device) return changed(file.path);
    open_file_ = text_of_log_file(*std::move(opened), file.path);
    open_index_ = index;
  }
  return open_file_.get();
}

int64_t SalvageInput::long_line_bytes(size_t index, int64_t offset_bytes) const {
  const auto found = long_lines_.find({index, offset_bytes});
  return found == long_lines_.end() ? 0 : found->second;
}

absl::StatusOr<std::string_view> SalvageInput::read_block(size_t index, int64_t number) {
  ++use_count_;
  const auto holds_it = [&](const Block& block) {
    return block.number == number && block.index == index;
  };
  if (last_block_ < blocks_.size() && holds_it(blocks_[last_block_])) {
    blocks_[last_block_].last_use = use_count_;
    return blocks_[last_block_].bytes;
  }
  auto block = std::find_if(blocks_.begin(), blocks_.end(), holds_it);
  if (block == blocks_.end()) {
    if (blocks_.size() < kBlocksKept) {
      block = blocks_.emplace(blocks_.end());
    } else {
      block = std::min_element(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
        return a.last_use < b.last_use;
      });
    }
    block->number = -1;
    const absl::StatusOr<File*> opened = file(index);
    if (!opened.ok()) return opened.status();
    const int64_t start = number * kSurveyedBlockBytes;
    block->bytes.resize(static_cast<size_t>(
        std::clamp(size_bytes(index) - start, int64_t{0}, kSurveyedBlockBytes)));
    for (size_t done = 0; done < block->bytes.size();) {
      const IoResult read =
          (*opened)->read_at(block->bytes.data() + done, block->bytes.size() - done,
                             start + static_cast<int64_t>(done));
      if (!read.ok()) return io_error(read.error, "cannot read", path(index));
      if (read.value == 0) return changed(path(index));
      done += static_cast<size_t>(read.value);
    }
    block->index = index;
    block->number = number;
  }
  block->last_use = use_count_;
  last_block_ = static_cast<size_t>(block - blocks_.begin());
  return block->bytes;
}

absl::Status SalvageInput::read_line(size_t index, int64_t offset_bytes, std::string& line) {
  line.clear();
  for (;;) {
    absl::StatusOr<std::string_view> block = read_block(index, offset_bytes / kSurveyedBlockBytes);
    if (!block.ok()) return block.status();
    const size_t start = static_cast<size_t>(offset_bytes % kSurveyedBlockBytes);
    if (start >= block->size()) return changed(path(index));
    const std::string_view rest = block->substr(start);
    const size_t newline = rest.find('\n');
    line.append(rest.substr(0, newline));
    if (newline != std::string_view::npos) return absl::OkStatus();
    offset_bytes += static_cast<int64_t>(rest.size());
  }
}

absl::Status SalvageInput::check_unchanged() {
  std::vector<InputFile> now;
  if (absl::Status status = list(now); !status.ok()) return status;
  if (now.size() != files_.size()) return changed(log_path_);
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i].path != files_[i].path || now[i].file_size_bytes != files_[i].file_size_bytes ||
        now[i].inode != files_[i].inode || now[i].device != files_[i].device) {
      return changed(files_[i].path);
    }
  }
  return absl::OkStatus();
}

}  // namespace logslice::internal
