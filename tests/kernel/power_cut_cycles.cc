#include "tests/kernel/power_cut_cycles.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/crash_states.h"
#include "tests/support/legal_states.h"

namespace logslice::testing {

namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Whether the model disk allows the file, each line behind the synced ones being an append that is
// pending. Piece by piece: the model keeps the file as it was after every append.
bool is_state_of_model(std::string_view appended, size_t synced_bytes, std::string_view found) {
  constexpr size_t kPieceBytes = 4096;  // whole sectors
  for (size_t begin = 0; begin < found.size(); begin += kPieceBytes) {
    const std::string_view piece = appended.substr(begin, kPieceBytes);
    FileNode node;
    node.live = piece;
    node.durable = piece.substr(0, synced_bytes > begin ? synced_bytes - begin : 0);
    for (size_t at = node.durable.size(); at < piece.size();) {
      const size_t end = std::min(piece.find('\n', at), piece.size() - 1) + 1;
      node.pending.push_back({DataChange::Kind::kWrite, static_cast<int64_t>(at),
                              std::string(piece.substr(at, end - at))});
      at = end;
    }
    if (!is_allowed_content(node, found.substr(begin, kPieceBytes))) return false;
  }
  return true;
}

}  // namespace

void PowerCutCycles::run(int64_t cycle_count) {
  constexpr size_t kProblemsMax = 10;
  for (int64_t cycle = 0; cycle < cycle_count && problems_.size() < kProblemsMax; ++cycle) {
    if (cycle % kCutsPerLog == 0) begin_log();
    write_and_cut();
    if (!disk_.remount()) {
      problem(std::string("cannot mount again: ") + std::strerror(errno));
      return;
    }
    look();
  }
}

void PowerCutCycles::begin_log() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  directory_ = disk_.path() + "/" + std::to_string(++log_count_);
  path_ = directory_ + "/deeper/log.jsonl";
  content_.clear();
  durable_seq_ = 0;
}

int64_t PowerCutCycles::pick(int64_t first, int64_t last) {
  return std::uniform_int_distribution<int64_t>(first, last)(random_);
}

void PowerCutCycles::write_and_cut() {
  flush_interval_ = pick(0, 1) == 0 ? 1 : 3;
  std::vector<std::string> arguments = {path_, "--fixed-clock", "--may-fail", "--flush-interval",
                                        std::to_string(flush_interval_)};
  if (syncing_ == Syncing::kOnFlush) arguments.push_back("--sync");
  if (pick(0, 2) == 0) {
    arguments.insert(arguments.end(), {"--lives", "0", "--entries", std::to_string(pick(1, 5))});
  }
  opened_seq_.reset();
  acknowledged_ = written_ = 0;

  ChildProcess child(arguments);
  const auto write_for = [&](int64_t microseconds_max) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::microseconds(pick(0, microseconds_max));
    while (std::chrono::steady_clock::now() < deadline) note(child.next_ack_before(deadline));
  };
  if (pick(0, 1) == 0) {
    for (int64_t count = pick(1, 20); count > 0; --count) note(child.next_ack());
  } else {
    write_for(5'000);
  }
  if (syncing_ == Syncing::kByOthers && pick(0, 2) > 0) {
    const int64_t written = written_;
    if (disk_.sync()) durable_seq_ = std::max(durable_seq_, written);
    write_for(1'000);
  }
  // An fdatasync(2) that is under way while the ioctl comes returns 0 although the journal is
  // dropped (Linux 6.18, plain write and fdatasync: 160 of 600 cuts). So what counts as synced is
  // what was acknowledged before; what comes later counts as written.
  while (const std::optional<Ack> ack = child.next_ack_before({})) note(ack);
  const int64_t durable_seq = durable_seq_;
  if (!disk_.cut_power()) problem(std::string("cannot cut the power: ") + std::strerror(errno));
  child.kill();
  child.reap();
  while (const std::optional<Ack> ack = child.next_ack()) note(ack);
  durable_seq_ = durable_seq;
  ++tally_.cut_count;
}

void PowerCutCycles::note(const std::optional<Ack>& ack) {
  if (!ack.has_value()) return;
  if (ack->kind == Ack::Kind::kOpened && !opened_seq_.has_value()) opened_seq_ = ack->seq;
  if (ack->kind == Ack::Kind::kSynced) durable_seq_ = std::max(durable_seq_, ack->seq);
  acknowledged_ = std::max(acknowledged_, ack->seq);
  // What it opened with says nothing: the sidecar may know more than the log has kept.
  if (ack->kind != Ack::Kind::kOpened) written_ = std::max(written_, ack->seq);
}

void PowerCutCycles::look() {
  const LeftBehind left = look_at(path_);
  // What nobody synced may have holes of zeros, which are damaged lines, and numbers that only the
  // sidecar knows of are not given again.
  if (syncing_ == Syncing::kOnFlush) {
    for (const std::string& text : left.problems) problem(text);
    if (left.missing_count > 0) problem("entries are missing in the middle");
  }
  if (left.last_seq < durable_seq_ && left.problems.empty()) {
    problem("seq " + std::to_string(durable_seq_) + " was synced; the last one there is " +
            std::to_string(left.last_seq));
  }
  const std::string found = content_of(path_);
  check_bytes(found);
  tally_.acknowledged_count += durable_seq_;
  if (left.last_seq < acknowledged_) ++tally_.lost_tail_count;
  if (left.torn_bytes > 0) ++tally_.torn_count;
  if (!found.empty() && found.back() == '\0') ++tally_.zeros_count;
  content_ = found;
}

void PowerCutCycles::check_bytes(const std::string& found) {
  // Nothing of what the writer did has reached the device.
  if (found == content_) return;
  // The first that it does is to cut what is torn, durably; then it appends.
  std::string appended = content_.substr(0, content_.rfind('\n') + 1);
  size_t synced_bytes = appended.size();
  // A cut that did not become durable may have zeroed the rest of its block all the same; what was
  // there is in the torn file.
  const auto kept_or_zeroed = [](char now, char before) { return now == before || now == '\0'; };
  if (found.size() == content_.size() && found.starts_with(appended) &&
      std::equal(found.begin(), found.end(), content_.begin(), kept_or_zeroed)) {
    return;
  }
  if (opened_seq_.has_value()) {
    // What is written and not acknowledged yet is one batch at most.
    const int64_t last_seq = std::max(acknowledged_, *opened_seq_) + flush_interval_;
    for (int64_t seq = *opened_seq_ + 1; seq <= last_seq; ++seq) {
      appended += crash_line(seq);
      if (seq <= durable_seq_) synced_bytes = appended.size();
    }
  }
  std::string why = why_illegal(appended, static_cast<int64_t>(synced_bytes), found);
  // And it must be a state that the model disk knows: what it lists is drawn from these.
  if (why.empty() && !is_state_of_model(appended, synced_bytes, found)) {
    why = "legal, but not a state that the model disk allows";
  }
  if (!why.empty()) {
    problem(why + "; " + std::to_string(found.size()) + " bytes, " +
            std::to_string(content_.size()) + " before, whole lines to " +
            std::to_string(content_.rfind('\n') + 1) + ", opened at " +
            std::to_string(opened_seq_.value_or(-1)) + ", acknowledged " +
            std::to_string(acknowledged_) + ", synced bytes " + std::to_string(synced_bytes));
  }
}

void PowerCutCycles::problem(const std::string& text) {
  problems_.push_back("cut " + std::to_string(tally_.cut_count) + ", " + path_ + ": " + text);
}

}  // namespace logslice::testing
