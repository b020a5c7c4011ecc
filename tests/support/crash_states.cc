#include "tests/support/crash_states.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace logslice::testing {

namespace {

constexpr size_t kSectorBytes = 512;

// The distinct contents of one file, in the order in which they are found.
class Contents {
 public:
  void add(std::string content) {
    if (seen_.insert(content).second) all_.push_back(std::move(content));
  }
  // The newest content goes last.
  std::vector<std::string> finish(const std::string& newest) && {
    std::erase(all_, newest);
    all_.push_back(newest);
    return std::move(all_);
  }

 private:
  std::vector<std::string> all_;
  std::unordered_set<std::string> seen_;
};

// Where a write may be cut: at each byte of its last line, and behind each earlier line.
std::vector<size_t> append_cuts(const std::string& bytes) {
  std::vector<size_t> cuts;
  const size_t last_line =
      bytes.size() < 2 ? std::string::npos : bytes.rfind('\n', bytes.size() - 2);
  const size_t begin = last_line == std::string::npos ? 0 : last_line + 1;
  for (size_t i = 0; i < begin; ++i) {
    if (bytes[i] == '\n') cuts.push_back(i + 1);
  }
  for (size_t i = begin + 1; i < bytes.size(); ++i) cuts.push_back(i);
  return cuts;
}

std::vector<size_t> update_cuts(size_t size) {
  std::vector<size_t> cuts;
  for (const size_t cut : {size_t{1}, size / 2, size - 1}) {
    if (cut > 0 && cut < size) cuts.push_back(cut);
  }
  for (size_t cut = kSectorBytes; cut < size; cut += kSectorBytes) cuts.push_back(cut);
  return cuts;
}

// The bytes of [begin, end) as `old` has them, or zeros behind its end.
void put_back(const std::string& old, size_t begin, size_t end, std::string& content) {
  end = std::min(end, content.size());
  for (size_t i = begin; i < end; ++i) content[i] = i < old.size() ? old[i] : '\0';
}

size_t next_sector(size_t at) { return (at / kSectorBytes + 1) * kSectorBytes; }

// Sectors of `whole` from `dirty` on that did not get to the device: a suffix, a prefix, one.
void add_sector_mixes(const std::string& old, const std::string& whole, size_t dirty,
                      Contents& out) {
  for (size_t begin = dirty; begin < whole.size(); begin = next_sector(begin)) {
    std::string suffix_old = whole;
    put_back(old, begin, whole.size(), suffix_old);
    out.add(std::move(suffix_old));
    std::string one_old = whole;
    put_back(old, begin, next_sector(begin), one_old);
    out.add(std::move(one_old));
    std::string prefix_old = whole;
    put_back(old, dirty, next_sector(begin), prefix_old);
    out.add(std::move(prefix_old));
  }
}

void add_contents_over(const std::string& base, const std::vector<DataChange>& pending,
                       Contents& out) {
  out.add(base);
  std::string content = base;
  size_t dirty = base.size();
  for (size_t i = 0; i < pending.size(); ++i) {
    const DataChange& change = pending[i];
    const size_t offset = static_cast<size_t>(change.offset_bytes);
    dirty = std::min(dirty, offset);
    if (change.kind == DataChange::Kind::kWrite) {
      const bool is_append = offset >= content.size();
      const bool is_last = i + 1 == pending.size();
      std::vector<size_t> cuts =
          is_append ? append_cuts(change.bytes) : update_cuts(change.bytes.size());
      // Earlier writes were the last one of an earlier prefix: there they were cut everywhere.
      if (!is_last && is_append) {
        std::erase_if(cuts, [&](size_t cut) { return change.bytes[cut - 1] != '\n'; });
      }
      for (const size_t cut : cuts) {
        std::string torn = content;
        apply_change(DataChange{change.kind, change.offset_bytes, change.bytes.substr(0, cut)},
                     torn);
        out.add(std::move(torn));
      }
    }
    apply_change(change, content);
    out.add(content);
    add_sector_mixes(base, content, dirty, out);
    if (content.size() < base.size()) {
      // The truncation is not done and what was written since is; or its page was zeroed already.
      std::string longer = content + base.substr(content.size());
      add_sector_mixes(base, longer, dirty, out);
      out.add(std::move(longer));
      out.add(content + std::string(base.size() - content.size(), '\0'));
    }
  }
}

std::vector<NameMap> name_choices(const DiskImage& image) {
  const std::vector<DirectoryChange>& pending = image.pending_names();
  const size_t count = pending.size();
  std::vector<std::vector<bool>> subsets;
  constexpr size_t kAllSubsetsMax = 6;
  if (count <= kAllSubsetsMax) {
    for (size_t mask = 0; mask < (size_t{1} << count); ++mask) {
      std::vector<bool> subset(count);
      for (size_t i = 0; i < count; ++i) subset[i] = (mask >> i & 1) != 0;
      subsets.push_back(std::move(subset));
    }
  } else {
    for (size_t length = 0; length <= count; ++length) {
      std::vector<bool> prefix(count);
      std::fill_n(prefix.begin(), length, true);
      subsets.push_back(std::move(prefix));
    }
    for (size_t omitted = 0; omitted + 1 < count; ++omitted) {
      std::vector<bool> subset(count, true);
      subset[omitted] = false;
      subsets.push_back(std::move(subset));
    }
  }
  std::vector<NameMap> choices;
  for (const std::vector<bool>& subset : subsets) {
    NameMap names = image.durable_names();
    for (size_t i = 0; i < count; ++i) {
      if (subset[i]) apply_change(pending[i], names);
    }
    drop_orphans(names);
    if (std::find(choices.begin(), choices.end(), names) == choices.end()) {
      choices.push_back(std::move(names));
    }
  }
  return choices;
}

struct Varying {
  uint64_t inode;
  const std::vector<std::string>* contents;
};

// One state, not made yet: which names, and which content of each varying file.
struct Choice {
  size_t names;
  std::vector<uint32_t> contents;
  friend bool operator<(const Choice& a, const Choice& b) {
    return std::tie(a.names, a.contents) < std::tie(b.names, b.contents);
  }
  friend bool operator==(const Choice& a, const Choice& b) = default;
};

void add_choices(size_t names, const std::vector<Varying>& files, const CrashBounds& bounds,
                 std::mt19937_64& random, std::vector<Choice>& out) {
  const auto extremes = [&](bool is_new) {
    Choice choice{names, {}};
    for (const Varying& file : files) {
      choice.contents.push_back(is_new ? static_cast<uint32_t>(file.contents->size() - 1) : 0);
    }
    return choice;
  };
  out.push_back(extremes(false));
  out.push_back(extremes(true));
  for (size_t varied = 0; varied < files.size(); ++varied) {
    for (const bool is_new : {false, true}) {
      for (uint32_t i = 0; i < files[varied].contents->size(); ++i) {
        Choice choice = extremes(is_new);
        choice.contents[varied] = i;
        out.push_back(std::move(choice));
      }
    }
  }
  if (files.size() < 2) return;
  for (int64_t sample = 0; sample < bounds.sample_count; ++sample) {
    Choice choice{names, {}};
    for (const Varying& file : files) {
      choice.contents.push_back(static_cast<uint32_t>(random() % file.contents->size()));
    }
    out.push_back(std::move(choice));
  }
}

}  // namespace

namespace {

std::string without_lost_bytes(const FileNode& node) {
  std::string content = node.live;
  for (const ByteRange& range : node.lost) {
    put_back(node.durable, static_cast<size_t>(range.begin), static_cast<size_t>(range.end),
             content);
  }
  return content;
}

}  // namespace

std::vector<std::string> crash_contents(const FileNode& node) {
  Contents out;
  add_contents_over(node.durable, node.pending, out);
  if (!node.lost.empty()) {
    std::string kept = node.durable;
    for (const ByteRange& range : node.lost) {
      const size_t begin = static_cast<size_t>(range.begin);
      const size_t end = std::min({static_cast<size_t>(range.end), kept.size(), node.live.size()});
      if (begin < end) kept.replace(begin, end - begin, node.live, begin, end - begin);
    }
    add_contents_over(kept, node.pending, out);
    // Dropped, whatever is written behind it: the size is there and the bytes are not.
    out.add(without_lost_bytes(node));
  }
  return std::move(out).finish(node.live);
}

bool is_allowed_content(const FileNode& node, std::string_view content) {
  // 1. What the file was, one after the other; zeros behind each end, where the size came first.
  std::vector<std::string> versions = {node.durable};
  for (const DataChange& change : node.pending) {
    std::string next = versions.back();
    apply_change(change, next);
    versions.push_back(std::move(next));
  }
  versions.push_back(node.live);
  // 2. No longer than the longest, no shorter than the shortest.
  const auto by_size = [](const std::string& a, const std::string& b) {
    return a.size() < b.size();
  };
  const auto [shortest, longest] = std::minmax_element(versions.begin(), versions.end(), by_size);
  const size_t size_max = longest->size();
  if (content.size() < shortest->size() || content.size() > size_max) return false;
  for (std::string& version : versions) version.resize(size_max);
  // 3. Each sector: one of them up to a seam, one of them from there on.
  for (size_t begin = 0; begin < content.size(); begin += kSectorBytes) {
    const std::string_view sector = content.substr(begin, kSectorBytes);
    size_t head = 0;
    size_t tail = 0;
    for (const std::string& version : versions) {
      const std::string_view there = std::string_view(version).substr(begin, sector.size());
      const auto differs = std::mismatch(sector.begin(), sector.end(), there.begin()).first;
      head = std::max(head, static_cast<size_t>(differs - sector.begin()));
      const auto behind = std::mismatch(sector.rbegin(), sector.rend(), there.rbegin()).first;
      tail = std::max(tail, static_cast<size_t>(behind - sector.rbegin()));
    }
    if (head + tail < sector.size()) return false;
  }
  return true;
}

void for_each_crash_state(const DiskImage& image, const CrashBounds& bounds,
                          const std::function<void(const DiskImage&)>& visit) {
  const std::vector<NameMap> names = name_choices(image);
  std::map<uint64_t, std::vector<std::string>> contents;
  std::vector<std::vector<Varying>> varying(names.size());
  std::mt19937_64 random(bounds.seed);
  std::vector<Choice> choices;
  for (size_t i = 0; i < names.size(); ++i) {
    for (const auto& [path, inode] : names[i]) {
      const FileNode& node = image.node(inode);
      if (node.is_durable()) continue;
      const auto [found, is_new] = contents.try_emplace(inode);
      if (is_new) found->second = crash_contents(node);
      varying[i].push_back({inode, &found->second});
    }
    add_choices(i, varying[i], bounds, random, choices);
  }
  std::sort(choices.begin(), choices.end());
  choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
  if (bounds.state_count_max > 0 && static_cast<int64_t>(choices.size()) > bounds.state_count_max) {
    // The oldest and the newest of all stay.
    std::shuffle(choices.begin() + 1, choices.end() - 1, random);
    std::swap(choices[1], choices.back());
    choices.resize(static_cast<size_t>(bounds.state_count_max));
  }
  for (const Choice& choice : choices) {
    std::map<uint64_t, const std::string*> chosen;
    const std::vector<Varying>& files = varying[choice.names];
    for (size_t i = 0; i < files.size(); ++i) {
      chosen[files[i].inode] = &(*files[i].contents)[choice.contents[i]];
    }
    visit(image.mounted(names[choice.names], chosen));
  }
}

DiskImage without_lost_bytes(const DiskImage& image) {
  std::map<uint64_t, std::string> kept;
  std::map<uint64_t, const std::string*> contents;
  for (const auto& [path, inode] : image.names()) {
    kept[inode] = without_lost_bytes(image.node(inode));
    contents[inode] = &kept[inode];
  }
  return image.mounted(image.names(), contents);
}

uint64_t fingerprint(const DiskImage& image) {
  const std::hash<std::string_view> hash;
  uint64_t value = 14695981039346656037u;
  const auto mix = [&value](uint64_t part) { value = (value ^ part) * 1099511628211u + 97; };
  for (const auto& [path, inode] : image.names()) {
    mix(hash(path));
    mix(hash(image.node(inode).live));
  }
  for (const auto& [path, inode] : image.durable_names()) {
    if (image.node(inode).is_durable()) continue;
    mix(hash(path));
    mix(hash(image.node(inode).durable));
    mix(image.node(inode).pending.size());
  }
  mix(image.pending_names().size());
  return value;
}

}  // namespace logslice::testing
