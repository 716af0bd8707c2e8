// The shell: a line at a time, programs in the foreground, in the background (&) and joined by pipes (|).

#include "labs/5-process/user/runtime/line_editor.hpp"
#include "labs/5-process/user/runtime/text.hpp"

using namespace user;

namespace {

constexpr std::size_t MOST_COMMANDS = process::abi::FOREGROUND_COUNT;
constexpr std::size_t MOST_WORDS = 32;
constexpr std::size_t MOST_PROCESSES = 64;

constexpr std::string_view HELP = "  ps              the processes: turns, time, system calls, memory\n"
                                  "  sleep SECONDS   waits\n"
                                  "  echo WORDS      prints its arguments\n"
                                  "  cat             copies its input to its output, until Ctrl-D\n"
                                  "  primes NUMBER   the primes up to it\n"
                                  "  spin            never ends by itself\n"
                                  "  crash KIND      faults; without KIND: which there are\n"
                                  "  kill PID        ends a process\n"
                                  "  help, shutdown\n"
                                  "A | B runs both, the output of A the input of B. A & goes on in the background.\n"
                                  "Ctrl-C ends what is in the foreground. Arrows, Home, Ctrl-E K U edit the line.\n";

constexpr std::string_view EXCEPTIONS[] = {"divide error",       "debug exception",
                                           "interrupt 2",        "breakpoint",
                                           "overflow",           "bound range exceeded",
                                           "invalid opcode",     "device not available",
                                           "double fault",       "exception 9",
                                           "invalid task state", "segment not present",
                                           "stack fault",        "general protection fault",
                                           "page fault",         "exception 15",
                                           "x87 error",          "alignment check",
                                           "machine check",      "SIMD error"};

// One line, cut into words that end with zeros; each command's words end with null.
struct Commands {
    char text[LineEditor::MOST_BYTES + 1];
    const char* words[MOST_WORDS + MOST_COMMANDS];
    const char* const* first_word[MOST_COMMANDS]; // of each command
    std::size_t count = 0;
    bool in_background = false;

    // What is wrong with the line; empty: nothing.
    std::string_view read(std::string_view line);
};

std::string_view Commands::read(std::string_view line) {
    std::size_t bytes = 0;
    std::size_t used = 0;
    bool command_is_new = true;
    for (std::size_t i = 0; i < line.size();) {
        if (line[i] == ' ') {
            ++i;
        } else if (line[i] == '|') {
            if (command_is_new)
                return "a command is missing before |";
            words[used++] = nullptr;
            command_is_new = true;
            ++i;
        } else if (line[i] == '&') {
            if (line.find_first_not_of(' ', i + 1) != std::string_view::npos)
                return "& is the last word of a line";
            in_background = true;
            break;
        } else {
            if (command_is_new && count == MOST_COMMANDS)
                return "too many commands";
            if (used + 1 >= std::size(words))
                return "too many words";
            if (command_is_new)
                first_word[count++] = words + used;
            command_is_new = false;
            words[used++] = text + bytes;
            for (; i < line.size() && line[i] != ' ' && line[i] != '|' && line[i] != '&'; ++i)
                text[bytes++] = line[i];
            text[bytes++] = '\0';
        }
    }
    words[used] = nullptr;
    return command_is_new && (count > 0 || in_background) ? "a command is missing at the end" : "";
}

void report_error(std::string_view who, std::int64_t error) {
    if (error == failed(ErrorNumber::not_found))
        print(who, ": not found; help lists what there is\n");
    else if (error == failed(ErrorNumber::too_long))
        print(who, ": its name or its arguments are too long\n");
    else if (error == failed(ErrorNumber::out_of_memory))
        print(who, ": no memory\n");
    else if (error == failed(ErrorNumber::too_many))
        print(who, ": too many at once\n");
    else
        print(who, ": refused\n");
}

// Nothing for one that did what it should.
void report_end(std::string_view name, const ExitReport& report) {
    if (report.reason == ExitReport::Reason::exited && report.code == 0)
        return;
    if (report.reason == ExitReport::Reason::killed)
        print(name, ": killed\n");
    else if (report.reason == ExitReport::Reason::faulted)
        print(name, ": ", report.vector < std::size(EXCEPTIONS) ? EXCEPTIONS[report.vector] : "exception", "\n");
    else
        print(name, ": exit code ", report.code, "\n");
}

// Takes the children that have ended meanwhile.
void take_ended_jobs() {
    static ProcessReport reports[MOST_PROCESSES];
    const std::int64_t count = processes(reports);
    const std::uint32_t self = getpid();
    for (std::int64_t i = 0; i < count && i < static_cast<std::int64_t>(MOST_PROCESSES); ++i) {
        const ProcessReport& each = reports[i];
        ExitReport report;
        if (each.parent != self || each.state != ProcessReport::State::ended || wait(each.pid, &report) < 0)
            continue;
        print("[", each.pid, "] ended\n");
        report_end(each.name, report);
    }
}

// An input that has ended: what is in the background reads nothing of ours.
std::uint32_t no_input() {
    PipeEnds ends;
    if (pipe(&ends) < 0)
        return INPUT;
    close(ends.writer);
    return ends.reader;
}

void run(const Commands& commands) {
    if (!commands.in_background)
        console_mode(ConsoleMode::line); // what is typed from now on is the program's, though it is not there yet
    std::uint32_t pids[MOST_COMMANDS];
    const char* names[MOST_COMMANDS];
    std::size_t started = 0;
    std::uint32_t input = commands.in_background ? no_input() : INPUT;
    for (std::size_t i = 0; i < commands.count; ++i) {
        PipeEnds next{INPUT, OUTPUT};
        if (i + 1 < commands.count)
            if (const std::int64_t error = pipe(&next); error < 0)
                report_error("|", error);
        const char* const* words = commands.first_word[i];
        const std::int64_t pid = spawn(words[0], words + 1, input, next.writer);
        if (pid < 0) {
            report_error(words[0], pid);
        } else {
            names[started] = words[0];
            pids[started++] = static_cast<std::uint32_t>(pid);
        }
        if (input != INPUT)
            close(input);
        if (next.writer != OUTPUT)
            close(next.writer);
        input = next.reader;
    }
    const std::span children{pids, started};
    if (commands.in_background) {
        for (const std::uint32_t pid : children)
            print("[", pid, "]\n");
        return;
    }
    foreground(children);
    for (std::size_t i = 0; i < started; ++i) {
        ExitReport report;
        if (wait(pids[i], &report) >= 0)
            report_end(names[i], report);
    }
    foreground({});
    console_mode(ConsoleMode::raw);
}

void kill_all(const char* const* pids) {
    if (*pids == nullptr)
        print("kill PID\n");
    for (; *pids != nullptr; ++pids) {
        const std::uint64_t pid = read_number(*pids, 0);
        const std::int64_t result =
            pid > UINT32_MAX ? failed(ErrorNumber::not_found) : kill(static_cast<std::uint32_t>(pid));
        if (result < 0)
            print("kill: there is no process ", *pids, "\n");
    }
}

void execute(std::string_view line) {
    Commands commands;
    if (const std::string_view wrong = commands.read(line); !wrong.empty()) {
        print(wrong, "\n");
        return;
    }
    if (commands.count == 0)
        return;
    const std::string_view name = commands.first_word[0][0];
    if (name == "help")
        print(HELP);
    else if (name == "shutdown" || name == "exit")
        shutdown();
    else if (name == "kill")
        kill_all(commands.first_word[0] + 1);
    else
        run(commands);
}

} // namespace

int main(int, char**) {
    static LineEditor editor;
    console_mode(ConsoleMode::raw);
    print("Type help.\n");
    for (;;) {
        take_ended_jobs();
        const LineEditor::Ended ended = editor.read("pollux> ");
        if (ended == LineEditor::Ended::input_over)
            shutdown();
        if (ended == LineEditor::Ended::line)
            execute(editor.text());
    }
}
