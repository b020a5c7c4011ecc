#include "finding_list.h"

#include <algorithm>
#include <utility>

#include "text.h"

namespace logslice {

std::string_view log_finding_name(LogFindingKind kind) {
  switch (kind) {
    case LogFindingKind::kUnreadable:
      return "unreadable";
    case LogFindingKind::kArchiveDamage:
      return "archive_damage";
    case LogFindingKind::kDamagedLine:
      return "damaged_line";
    case LogFindingKind::kInvalidUtf8:
      return "invalid_utf8";
    case LogFindingKind::kNulBytes:
      return "nul_bytes";
    case LogFindingKind::kLongLine:
      return "long_line";
    case LogFindingKind::kSeqConflict:
      return "seq_conflict";
    case LogFindingKind::kSeqRepeated:
      return "seq_repeated";
    case LogFindingKind::kSeqBack:
      return "seq_back";
    case LogFindingKind::kSegmentRange:
      return "segment_range";
    case LogFindingKind::kTornTail:
      return "torn_tail";
    case LogFindingKind::kPermissions:
      return "permissions";
    case LogFindingKind::kHardLink:
      return "hard_link";
    case LogFindingKind::kSymlink:
      return "symlink";
    case LogFindingKind::kSeqMissing:
      return "seq_missing";
    case LogFindingKind::kSeqNone:
      return "seq_none";
    case LogFindingKind::kTimeBack:
      return "time_back";
    case LogFindingKind::kSegmentOverlap:
      return "segment_overlap";
    case LogFindingKind::kSegmentInBothForms:
      return "segment_in_both_forms";
    case LogFindingKind::kUnfinishedArchive:
      return "unfinished_archive";
    case LogFindingKind::kSidecar:
      return "sidecar";
    case LogFindingKind::kWriter:
      return "writer";
  }
  return "unknown";
}

namespace internal {

void FindingList::add(LogFinding finding) {
  ++(finding.severity == LogFindingSeverity::kDamage ? damage_count_ : remark_count_);
  Kept& kept = by_kind_[finding.kind];
  if (static_cast<int64_t>(kept.findings.size()) < kept_per_kind_max_) {
    kept.findings.push_back(std::move(finding));
  } else {
    ++kept.more_count;
  }
}

void FindingList::move_to(LogCheck& check) {
  for (auto& [kind, kept] : by_kind_) {
    const LogFindingSeverity severity = kept.findings.back().severity;
    const std::string path = kept.findings.back().path;
    const std::string mend = kept.findings.back().mend;
    std::move(kept.findings.begin(), kept.findings.end(), std::back_inserter(check.findings));
    if (kept.more_count == 0) continue;
    LogFinding more{.kind = kind, .severity = severity, .path = path};
    more.text = concat("and ", kept.more_count, " more of the kind ", log_finding_name(kind));
    more.mend = mend;
    check.findings.push_back(std::move(more));
  }
  by_kind_.clear();
  std::stable_sort(
      check.findings.begin(), check.findings.end(),
      [](const LogFinding& a, const LogFinding& b) { return a.severity > b.severity; });
  check.damage_count = damage_count_;
  check.remark_count = remark_count_;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string recover_command(const std::string& log_path) {
  return concat("logslice recover ", shell_word(log_path), " -o ",
                shell_word(log_path + ".recovered"));
}

}  // namespace internal

}  // namespace logslice
