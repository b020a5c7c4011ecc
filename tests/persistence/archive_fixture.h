// This header defines how tests make archives and look into them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive_member.h"
#include "archive_writer.h"
#include "inflater.h"

namespace logslice::testing {

// As SegmentArchiver makes one. `piece_bytes`: how much text goes in at a time.
inline std::string archive_of(std::string_view text, size_t piece_bytes = size_t{64} << 10,
                              int64_t member_bytes_wanted = internal::kMemberPlainBytesWanted) {
  internal::ArchiveWriter writer(member_bytes_wanted);
  for (; !text.empty(); text.remove_prefix(std::min(piece_bytes, text.size()))) {
    writer.add(text.substr(0, piece_bytes));
  }
  writer.finish();
  return writer.take_members();
}

// With members that are small enough to try every byte.
inline std::string small_member_archive_of(std::string_view text, int64_t member_bytes_wanted) {
  return archive_of(text, text.size() + 1, member_bytes_wanted);
}

// As another program makes one: a gzip member that says nothing about itself.
inline std::string foreign_archive_of(std::string_view text) {
  std::string archive;
  while (true) {
    // A member of ours has a header of its own size, and after it what every gzip member has.
    const std::string_view part = text.substr(0, size_t{512} << 10);
    const std::string member = archive_of(part);
    archive += std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    archive += member.substr(internal::kMemberHeaderBytes);
    text.remove_prefix(part.size());
    if (text.empty()) return archive;
  }
}

// The members one behind the other, as their headers claim; they must fill the archive.
inline std::vector<internal::ArchiveMember> members_of(std::string_view archive) {
  std::vector<internal::ArchiveMember> members;
  while (!archive.empty()) {
    const std::optional<internal::ArchiveMember> member = internal::parse_member_header(archive);
    if (!member.has_value() || member->size_bytes > static_cast<int64_t>(archive.size())) {
      ADD_FAILURE() << "no member " << members.size();
      break;
    }
    members.push_back(*member);
    archive.remove_prefix(static_cast<size_t>(member->size_bytes));
  }
  return members;
}

// As zcat would read it. Fails the test if it is not sound.
inline std::string inflate_all(std::string_view archive) {
  std::string text;
  internal::Inflater inflater;
  std::string block(size_t{256} << 10, '\0');
  while (!archive.empty()) {
    inflater.reset();
    internal::Inflater::Step step;
    do {
      step = inflater.inflate(archive, block.data(), block.size());
      text.append(block, 0, step.given_bytes);
      archive.remove_prefix(step.taken_bytes);
    } while (step.outcome == internal::Inflater::Outcome::kMore &&
             (step.taken_bytes > 0 || step.given_bytes > 0));
    if (step.outcome != internal::Inflater::Outcome::kEnd) {
      ADD_FAILURE() << "not sound: " << inflater.problem();
      break;
    }
  }
  return text;
}

}  // namespace logslice::testing
