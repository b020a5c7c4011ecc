#include "salvage_survey.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "archive_file.h"
#include "line_reader.h"
#include "logslice/reflection/internal/status.h"
#include "salvaged_line.h"
#include "scan_filter.h"
#include "text.h"

namespace logslice::internal {

namespace {

class FileSurvey {
 public:
  FileSurvey(SalvageInput& input, size_t file_index, int64_t line_bytes_max,
             QuarantineFile& quarantine, SalvageReport& report, SalvageSurvey& survey)
      : input_(input),
        file_index_(file_index),
        line_bytes_max_(line_bytes_max),
        quarantine_(quarantine),
        report_(report),
        survey_(survey) {
    run_.file_index = file_index;
    run_.comes_first = input.is_foreign_archive(file_index);
  }

  absl::Status run() {
    absl::StatusOr<File*> file = input_.file(file_index_);
    if (!file.ok()) return file.status();
    file_ = *file;
    LineReader reader(*file_, input_.path(file_index_), line_bytes_max_);
    for (;;) {
      const LineReader::Fill fill = reader.fill();
      absl::Status status;
      if (fill == LineReader::Fill::kError) return reader.status();
      if (fill == LineReader::Fill::kEnd) return finish(reader.torn_bytes());
      if (fill == LineReader::Fill::kLongLine) {
        status = reader.long_line().damage == nullptr ? take_long_line(reader.long_line())
                                                      : take_damage(reader.long_line());
      }
      while (status.ok() && reader.at() < reader.committed_end()) {
        const int64_t offset = reader.offset_of(reader.at());
        status = take_line(reader.take_line(), offset);
      }
      if (!status.ok()) return status;
    }
  }

 private:
  absl::Status take_long_line(const LineReader::LongLine& line) {
    input_.add_long_line(file_index_, line.offset_bytes, line.size_bytes);
    end_ = line.offset_bytes + line.size_bytes;
    ++lines_behind_;
    return quarantine_piece(line.offset_bytes, line.size_bytes, long_line_reason(line_bytes_max_));
  }

  // Of what an archive has lost there may be text, the beginning of a line, and there may be bytes
  // that could not be inflated. What stands for it in the text is no byte of the input.
  absl::Status take_damage(const LineReader::LongLine& line) {
    const ArchiveDamage& damage = *line.damage;
    const int64_t archive_bytes = damage.archive_end - damage.archive_start;
    const int64_t text_bytes = line.size_bytes - damage.filler_bytes();
    report_.input_bytes += archive_bytes - damage.filler_bytes();
    const std::string reason = describe(damage);
    if (line.size_bytes > 0) {
      input_.add_long_line(file_index_, line.offset_bytes, line.size_bytes);
      end_ = line.offset_bytes + line.size_bytes;
      ++lines_behind_;
    }
    absl::Status status;
    if (text_bytes > 0) {
      status = quarantine_piece(line.offset_bytes, text_bytes,
                                concat(reason, "; this is the text before it"));
    }
    if (!status.ok() || (text_bytes > 0 && archive_bytes == 0)) return status;
    return quarantine_.add(as_archive(*file_)->raw(), input_.path(file_index_),
                           damage.archive_start, archive_bytes,
                           concat(reason, "; these are bytes of the archive"));
  }

  absl::Status take_line(std::string_view line, int64_t offset) {
    const int64_t size = static_cast<int64_t>(line.size()) + 1;
    end_ = offset + size;
    const LineJudgement judgement = judge_line(line);
    switch (judgement.kind) {
      case LineJudgement::Kind::kBlank:
        ++report_.blank_count;
        report_.blank_bytes += size;
        return absl::OkStatus();
      case LineJudgement::Kind::kDamaged:
        ++lines_behind_;
        return quarantine_piece(offset, size, judgement.problem);
      case LineJudgement::Kind::kEntry:
        break;
    }
    has_entries_ = true;
    if (judgement.seq == 0) {
      ++lines_behind_;
    } else {
      if (last_seq_ > 0 && judgement.seq <= last_seq_) begin_run(offset);
      if (run_.first_seq == 0) run_.first_seq = judgement.seq;
      last_seq_ = judgement.seq;
      lines_behind_ = 0;
      survey_.given_seq = std::max(survey_.given_seq, judgement.seq);
    }
    if (judgement.entry_start == 0) return absl::OkStatus();
    return quarantine_piece(offset, static_cast<int64_t>(judgement.entry_start),
                            concat("stands before an entry, which is saved: ", judgement.problem));
  }

  absl::Status finish(int64_t torn_bytes) {
    if (end_ + torn_bytes != input_.size_bytes(file_index_)) {
      return unavailable(concat(input_.path(file_index_), " changes while it is read"));
    }
    if (has_entries_) begin_run(end_);
    // Lines that have no number had one each, as recovery counts them.
    if (last_seq_ > 0 && last_seq_ <= std::numeric_limits<int64_t>::max() - lines_behind_) {
      survey_.given_seq = std::max(survey_.given_seq, last_seq_ + lines_behind_);
    }
    if (torn_bytes == 0) return absl::OkStatus();
    return quarantine_piece(end_, torn_bytes, "behind the last newline: it was never committed");
  }

  // Ends the run at hand, and begins one.
  void begin_run(int64_t offset) {
    run_.end_offset = offset;
    survey_.runs.push_back(run_);
    run_.start_offset = offset;
    run_.first_seq = 0;
  }

  absl::Status quarantine_piece(int64_t offset, int64_t size, std::string_view reason) {
    return quarantine_.add(*file_, input_.path(file_index_), offset, size, reason);
  }

  SalvageInput& input_;
  const size_t file_index_;
  const int64_t line_bytes_max_;
  QuarantineFile& quarantine_;
  SalvageReport& report_;
  SalvageSurvey& survey_;

  File* file_ = nullptr;
  SeqRun run_;
  int64_t end_ = 0;  // of the last line
  bool has_entries_ = false;
  int64_t last_seq_ = 0;
  int64_t lines_behind_ = 0;  // the last number, themselves without one
};

}  // namespace

absl::StatusOr<SalvageSurvey> survey_files(SalvageInput& input, int64_t line_bytes_max,
                                           QuarantineFile& quarantine, SalvageReport& report) {
  SalvageSurvey survey;
  for (size_t i = 0; i < input.file_count(); ++i) {
    FileSurvey file(input, i, line_bytes_max, quarantine, report, survey);
    if (absl::Status status = file.run(); !status.ok()) return status;
  }
  return survey;
}

}  // namespace logslice::internal
