"""What a machine offers, what is chosen, and what mends what is missing."""

import errno
import platform
import re
import shutil
import sys

import pytest

from autograder import doctor
from autograder.cli import main
from autograder.errors import IsolationError
from autograder.runner import bubblewrap, confine, probe, remedies
from autograder.runner.trial import Trial, try_isolation

linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.delenv(probe.VARIABLE, raising=False)


@pytest.fixture
def offer(monkeypatch):
    """Pretend that the machine offers these."""

    def pretend(*, abi=4, seccomp=True, bwrap=None):
        monkeypatch.setattr(confine, "landlock_abi", lambda: abi)
        monkeypatch.setattr(confine, "seccomp_offered", lambda: seccomp)
        monkeypatch.setattr(bubblewrap, "refusal", lambda: bwrap)

    return pretend


class TestChoice:
    def test_the_best_isolation_is_chosen(self, offer):
        offer()
        assert probe.probe().remedies == ()
        assert probe.choose(None, False) == [probe.WALLED, probe.CONFINED]
        assert probe.choose(probe.CONFINED, False) == [probe.CONFINED]
        offer(bwrap="not installed")
        assert probe.choose(None, False) == [probe.CONFINED]
        with pytest.raises(IsolationError, match="install bubblewrap"):
            probe.choose(probe.WALLED, False)

    @pytest.mark.parametrize(("abi", "seccomp"), [(0, True), (3, False), (0, False)])
    def test_without_confinement_grading_is_refused_with_the_remedy(self, offer, abi, seccomp):
        offer(abi=abi, seccomp=seccomp, bwrap="not installed")
        for allowed in (None, probe.CONFINED):
            with pytest.raises(
                IsolationError, match=r"\n.*kernel .*To mend it: .*\n.*allow-unsafe$"
            ) as caught:
                probe.choose(allowed, False)
            assert "bubblewrap" not in str(caught.value)  # it would not be enough
        assert probe.choose(None, True) == [probe.UNSAFE]

    def test_unsafe_is_used_only_where_there_is_no_other_way(self, offer):
        offer(bwrap="not installed")
        assert probe.choose(None, True) == [probe.CONFINED]
        with pytest.raises(IsolationError):
            probe.choose(probe.UNSAFE, False)
        assert probe.choose(probe.UNSAFE, True) == [probe.UNSAFE]

    def test_the_environment_names_one_and_no_other(self, offer, monkeypatch):
        offer()
        monkeypatch.setenv(probe.VARIABLE, probe.CONFINED)
        assert probe.choose(None, False) == [probe.CONFINED]
        assert probe.choose(probe.WALLED, False) == [probe.WALLED]
        monkeypatch.setenv(probe.VARIABLE, probe.WALLED)
        offer(bwrap="not installed")
        with pytest.raises(IsolationError, match="install bubblewrap"):
            probe.choose(None, True)  # never weaker than what was asked for
        for wrong in ("docker", probe.UNSAFE):
            monkeypatch.setenv(probe.VARIABLE, wrong)
            with pytest.raises(IsolationError, match="it can be"):
                probe.choose(None, False)


class TestRemedies:
    @pytest.fixture
    def machine(self, monkeypatch):
        """Settings of the kernel, and tools that are there."""
        settings, tools = {}, set()
        monkeypatch.setattr(remedies, "_setting", lambda name: settings.get(name, ""))
        monkeypatch.setattr(remedies, "_in_container", lambda: "container" in tools)
        monkeypatch.setattr(remedies, "_os_release", lambda: {"ID": "none"})
        monkeypatch.setattr(shutil, "which", lambda name: name if name in tools else None)
        return settings, tools

    @pytest.mark.parametrize(
        ("tool", "command"),
        [
            ("apt-get", "sudo apt-get install bubblewrap"),
            ("dnf", "sudo dnf install bubblewrap"),
            ("apk", "sudo apk add bubblewrap"),
            ("nothing", "sudo apt-get install bubblewrap"),
        ],
    )
    def test_bubblewrap_is_installed_with_what_there_is(self, machine, tool, command):
        machine[1].add(tool)
        assert remedies.for_bwrap("not installed").command == command

    @pytest.mark.parametrize(
        ("setting", "value", "command"),
        [
            (
                "kernel.apparmor_restrict_unprivileged_userns",
                "1",
                "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
            ),
            (
                "kernel.unprivileged_userns_clone",
                "0",
                "sudo sysctl -w kernel.unprivileged_userns_clone=1",
            ),
            ("user.max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"),
        ],
    )
    def test_the_setting_that_is_in_the_way_is_named(self, machine, setting, value, command):
        machine[0][setting] = value
        found = remedies.for_bwrap("bwrap: setting up uid map: Permission denied")
        assert found.command.startswith(command)

    def test_a_container_is_told_how_to_be_started(self, machine):
        machine[1].add("container")
        found = remedies.for_bwrap("bwrap: Creating new namespace failed: Operation not permitted")
        assert found.command.startswith("docker run --security-opt seccomp=unconfined")

    def test_anything_else_is_repeated(self, machine):
        assert "odd" in remedies.for_bwrap("bwrap: odd").missing

    @pytest.mark.parametrize(
        ("refused", "release", "missing", "command"),
        [
            (errno.EOPNOTSUPP, "6.1.0", "not switched on", r"sed .*lsm=landlock,yama.*update-grub"),
            (errno.EPERM, "6.1.0", "container forbids", "docker run .*seccomp=unconfined"),
            (errno.ENOSYS, "5.4.0-42-generic", "5.4.0-42-generic is older", "hwe-20.04"),
            (errno.ENOSYS, "6.1.0", "built without", "hwe-20.04"),
        ],
    )
    def test_landlock(self, machine, monkeypatch, refused, release, missing, command):  # noqa: PLR0917
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(platform, "release", lambda: release)
        monkeypatch.setattr(confine, "landlock_refusal", lambda: refused)
        monkeypatch.setattr(remedies, "_active_modules", lambda: "yama")
        ubuntu = {"ID": "ubuntu", "VERSION_ID": "20.04"}
        monkeypatch.setattr(remedies, "_os_release", lambda: ubuntu)
        found = remedies.for_landlock()
        assert missing in found.missing
        assert re.search(command, found.command)

    def test_other_systems_and_machines(self, machine, monkeypatch):
        monkeypatch.setattr(platform, "system", lambda: "Darwin")
        assert "Linux can" in remedies.for_landlock().missing
        monkeypatch.setattr(platform, "machine", lambda: "riscv64")
        assert "riscv64" in remedies.for_seccomp().missing


class TestDoctor:
    def test_it_says_what_is_missing_and_the_one_command(self, offer):
        offer(abi=0, bwrap="not installed")
        sound, text = doctor.examine()
        assert not sound
        assert "refuses to run student code" in text
        assert "install bubblewrap" in text
        assert "--allow-unsafe" in text
        assert main(["doctor"]) == 1

    @linux
    def test_it_tries_what_there_is(self, capsys):
        if probe.probe().isolation is None:
            pytest.skip("student code cannot be confined here")
        assert main(["doctor"]) == 0
        text = capsys.readouterr().out
        for isolation in probe.probe().possible:
            assert f"{isolation}: tried, it holds" in text

    @linux
    def test_a_wall_with_a_hole_is_told(self, monkeypatch):
        monkeypatch.setattr(probe, "choose", lambda *_: [probe.UNSAFE])
        problem = try_isolation(probe.UNSAFE).problem
        assert problem == (
            "reads files, lists processes, writes outside its folder, starts processes, "
            "opens connections, signals others"
        )
        found = probe.probe()
        assert "DOES NOT HOLD" in doctor.render(
            found, [Trial(isolation=probe.WALLED, problem=problem)]
        )
