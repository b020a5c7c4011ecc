#include "logslice/reflection/internal/time_text.h"

#include <array>
#include <charconv>
#include <cstring>

#include "time_block.h"

namespace logslice::internal {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kMinutesPerDay = 1440;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
// 0000-01-01T00:00:00Z and the second behind 9999-12-31T23:59:59Z.
constexpr int64_t kFirstSecond = -62'167'219'200;
constexpr int64_t kEndSecond = 253'402'300'800;

struct Date {
  int64_t year;
  unsigned month;
  unsigned day;
};

// Days since 1970-01-01 to the proleptic Gregorian date and back, by counting in eras of 400 years
// that begin on the first of March, so that the leap day is the last of its year.
Date date_of_day(int64_t day) {
  day += 719'468;
  const int64_t era = (day >= 0 ? day : day - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(day - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

int64_t day_of_date(int64_t year, unsigned month, unsigned day) {
  if (month <= 2) --year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned shifted_month = month > 2 ? month - 3 : month + 9;
  const unsigned day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int64_t>(day_of_era) - 719'468;
}

unsigned days_in_month(int64_t year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

constexpr std::array<std::array<char, 2>, 100> make_digit_pairs() {
  std::array<std::array<char, 2>, 100> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
  }
  return pairs;
}

constexpr std::array<std::array<char, 2>, 100> kDigitPairs = make_digit_pairs();

void write_2_digits(char* out, uint32_t value) { std::memcpy(out, kDigitPairs[value].data(), 2); }

void write_6_digits(char* out, uint32_t value) {
  write_2_digits(out, value / 10'000);
  write_2_digits(out + 2, value / 100 % 100);
  write_2_digits(out + 4, value % 100);
}

void write_9_digits(char* out, uint32_t value) {
  write_6_digits(out, value / 1000);
  out[6] = static_cast<char>('0' + value / 100 % 10);
  write_2_digits(out + 7, value % 100);
}

// A time as whole seconds since 1970, rounded down, and the nanoseconds behind them.
struct SplitTime {
  int64_t second;
  int64_t nanos;
};

SplitTime split(absl::Time time) {
  // ToUnixNanos is fast and exact while it fits; it saturates outside of 1678 to 2262.
  const int64_t nanos = absl::ToUnixNanos(time);
  constexpr int64_t kSaturated = int64_t{9'223'372'036} * kNanosPerSecond;
  if (nanos > -kSaturated && nanos < kSaturated) {
    int64_t second = nanos / kNanosPerSecond;
    int64_t rest = nanos % kNanosPerSecond;
    if (rest < 0) {
      rest += kNanosPerSecond;
      --second;
    }
    return {second, rest};
  }
  const int64_t second = absl::ToUnixSeconds(time);
  return {second, absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(second))};
}

// The value of `count` digits, or -1.
int64_t parse_digits(const char* text, int count) {
  int64_t value = 0;
  for (int at = 0; at < count; ++at) {
    const unsigned digit = static_cast<unsigned char>(text[at]) - unsigned{'0'};
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

// Fills `*day` with the days since 1970 of `YYYY-MM-DD`.
bool parse_date(const char* text, int64_t* day) {
  const int64_t year = parse_digits(text, 4);
  const int64_t month = parse_digits(text + 5, 2);
  const int64_t day_of_month = parse_digits(text + 8, 2);
  if (year < 0 || text[4] != '-' || month < 1 || month > 12 || text[7] != '-' || day_of_month < 1 ||
      day_of_month > days_in_month(year, static_cast<unsigned>(month))) {
    return false;
  }
  *day = day_of_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day_of_month));
  return true;
}

// Fills `*minute` with the minutes since 1970 of `YYYY-MM-DDTHH:MM`, whatever stands for the T.
bool parse_minute(const char* text, int64_t* minute) {
  int64_t day = 0;
  const int64_t hours = parse_digits(text + 11, 2);
  const int64_t minutes = parse_digits(text + 14, 2);
  if (!parse_date(text, &day) || hours < 0 || hours > 23 || text[13] != ':' || minutes < 0 ||
      minutes > 59) {
    return false;
  }
  *minute = day * kMinutesPerDay + hours * 60 + minutes;
  return true;
}

}  // namespace

bool has_text(absl::Time time) {
  return time >= absl::FromUnixSeconds(kFirstSecond) && time < absl::FromUnixSeconds(kEndSecond);
}

int64_t TimeTextCache::set_second(absl::Time time) {
  const SplitTime parts = split(time);
  if (parts.second == second_) return parts.nanos;
  second_ = parts.second;
  int64_t day = second_ / kSecondsPerDay;
  int64_t second_of_day = second_ % kSecondsPerDay;
  if (second_of_day < 0) {
    second_of_day += kSecondsPerDay;
    --day;
  }
  const Date date = date_of_day(day);
  const auto year = static_cast<uint32_t>(date.year);
  const auto second_in_day = static_cast<uint32_t>(second_of_day);
  char* out = text_.data();
  write_2_digits(out, year / 100);
  write_2_digits(out + 2, year % 100);
  out[4] = '-';
  write_2_digits(out + 5, date.month);
  out[7] = '-';
  write_2_digits(out + 8, date.day);
  out[10] = 'T';
  write_2_digits(out + 11, second_in_day / 3600);
  out[13] = ':';
  write_2_digits(out + 14, second_in_day / 60 % 60);
  out[16] = ':';
  write_2_digits(out + 17, second_in_day % 60);
  out[19] = '.';
  return parts.nanos;
}

std::string_view TimeTextCache::format(absl::Time time) {
  if (!has_text(time)) {
    time = time < absl::UnixEpoch() ? absl::FromUnixSeconds(kFirstSecond)
                                    : absl::FromUnixSeconds(kEndSecond - 1);
  }
  const int64_t nanos = set_second(time);
  write_6_digits(text_.data() + 20, static_cast<uint32_t>(nanos / 1000));
  std::memcpy(text_.data() + 26, "+00:00", 6);
  return {text_.data(), kTimeTextBytes};
}

char* TimeTextCache::write(absl::Time time, char* out) {
  const int64_t nanos = set_second(time);
  std::memcpy(out, text_.data(), 20);
  out += 20;
  if (nanos % 1000 == 0) {
    write_6_digits(out, static_cast<uint32_t>(nanos / 1000));
    out += 6;
  } else {
    write_9_digits(out, static_cast<uint32_t>(nanos));
    out += 9;
  }
  std::memcpy(out, "+00:00", 6);
  return out + 6;
}

bool TimeParser::parse_canonical(const char* text, absl::Time* time) {
  static_assert(sizeof minute_text_ + kTimeBlockBytes == kTimeTextBytes);
  const int64_t micros = read_time_block(text + minute_text_.size());
  if (micros < 0) return false;
  if (std::memcmp(text, minute_text_.data(), minute_text_.size()) != 0) {
    int64_t minute = 0;
    if (text[10] != 'T' || !parse_minute(text, &minute)) return false;
    std::memcpy(minute_text_.data(), text, minute_text_.size());
    minute_start_micros_ = minute * 60 * 1'000'000;
  }
  *time = absl::FromUnixMicros(minute_start_micros_ + micros);
  return true;
}

bool TimeParser::parse(std::string_view text, absl::Time* time) {
  if (text.size() == kTimeTextBytes && parse_canonical(text.data(), time)) return true;
  // YYYY-MM-DDTHH:MM:SS, then maybe a fraction, then the zone.
  if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ')) return false;
  // A leap second counts as the next minute.
  int64_t minute = 0;
  const int64_t second = parse_digits(text.data() + 17, 2);
  if (!parse_minute(text.data(), &minute) || text[16] != ':' || second < 0 || second > 60) {
    return false;
  }
  size_t at = 19;
  int64_t nanos = 0;
  if (text[at] == '.') {
    int64_t unit = kNanosPerSecond;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (unit == 1) return false;  // more than nine digits
      unit /= 10;
      nanos += (text[at] - '0') * unit;
    }
    if (unit == kNanosPerSecond) return false;  // a point without digits
  }
  int64_t offset_seconds = 0;
  const std::string_view zone = text.substr(at);
  if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
    const int64_t hours = parse_digits(zone.data() + 1, 2);
    const int64_t minutes = parse_digits(zone.data() + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    offset_seconds = (hours * 3600 + minutes * 60) * (zone[0] == '-' ? -1 : 1);
  } else if (zone != "Z") {
    return false;
  }
  *time = absl::FromUnixSeconds(minute * 60 + second - offset_seconds) + absl::Nanoseconds(nanos);
  return true;
}

char* write_duration(absl::Duration duration, char* out) {
  if (duration < absl::ZeroDuration()) {
    *out++ = '-';
    // The most negative finite duration has no positive counterpart; one tick less has.
    duration = duration == -absl::InfiniteDuration() ? absl::ZeroDuration() : -duration;
  }
  absl::Duration rest;
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  out = std::to_chars(out, out + 20, seconds).ptr;
  const int64_t nanos = absl::ToInt64Nanoseconds(rest);
  if (nanos == 0) return out;
  *out++ = '.';
  write_9_digits(out, static_cast<uint32_t>(nanos));
  size_t digits = 9;
  while (out[digits - 1] == '0') --digits;
  return out + digits;
}

std::optional<absl::Duration> parse_duration(std::string_view number) {
  const bool negative = !number.empty() && number.front() == '-';
  const std::string_view magnitude = number.substr(negative ? 1 : 0);
  int64_t seconds = 0;
  const char* const end = magnitude.data() + magnitude.size();
  const auto whole = std::from_chars(magnitude.data(), end, seconds);
  if (whole.ec == std::errc{}) {
    absl::Duration duration = absl::Seconds(seconds);
    const char* at = whole.ptr;
    if (at != end && *at == '.' && end - at <= 10) {
      int64_t unit = kNanosPerSecond;
      for (++at; at != end && *at >= '0' && *at <= '9'; ++at) {
        unit /= 10;
        duration += absl::Nanoseconds((*at - '0') * unit);
      }
    }
    if (at == end) return negative ? -duration : duration;
  }
  double approximate = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), approximate);
  if (parsed.ec != std::errc{} || parsed.ptr != number.data() + number.size()) return std::nullopt;
  return absl::Seconds(approximate);
}

}  // namespace logslice::internal
