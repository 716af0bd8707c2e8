// Lists the processes: what each waits for, how often it had its turn, its time in ring 3, its system calls and memory.

#include "labs/5-process/user/runtime/text.hpp"

using namespace user;

namespace {

constexpr std::size_t MOST = 64;

// In so many columns: numbers to the right, text to the left.
void add_right(Text& line, std::uint64_t number, std::size_t columns) {
    std::size_t digits = 1;
    for (std::uint64_t rest = number; rest >= 10; rest /= 10)
        ++digits;
    for (; digits <= columns; ++digits)
        line.add(" ");
    line.add(number);
}
void add_left(Text& line, std::string_view text, std::size_t columns) {
    line.add(" ").add(text);
    for (std::size_t i = text.size(); i < columns; ++i)
        line.add(" ");
}

std::string_view what_it_does(const ProcessReport& report) {
    switch (report.state) {
    case ProcessReport::State::ready:
        return "ready";
    case ProcessReport::State::ended:
        return "ended";
    default:
        return report.waits_for;
    }
}

} // namespace

int main(int, char**) {
    static ProcessReport reports[MOST];
    const std::int64_t count = processes(reports);
    if (count < 0)
        return 1;
    print("   pid parent name         waits for             polls user ms   calls  KiB\n");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count) && i < MOST; ++i) {
        const ProcessReport& report = reports[i];
        Text line;
        add_right(line, report.pid, 5);
        add_right(line, report.parent, 6);
        add_left(line, report.name, 12);
        add_left(line, what_it_does(report), 18);
        add_right(line, report.polls, 8);
        add_right(line, report.user_nanoseconds / 1'000'000, 7);
        add_right(line, report.system_calls, 7);
        add_right(line, report.bytes / 1024, 4);
        line.add("\n");
    }
    return 0;
}
