"""Files in one folder, reached without ever following a symbolic link out of it. Blocking calls, for threads.

Every name is resolved from an open folder, one segment at a time, and no segment may be a link; only the path
of the folder itself, which comes from the manifest, may lead through links. POSIX only.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.delivery import faults
from reconciler.delivery.naming import PART, RECEIPT_NAME

#: How much is read or written in one call, in bytes.
BLOCK_BYTES = 1 << 20
#: A receipt beyond this is not one of ours.
MAX_RECEIPT_BYTES = 64 << 20

_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK})
_NOT_A_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})


class Root:
    """An open folder. Opened by `open` or `lock`; `close` may be called at any time and gives the lock back."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = -1

    def open(self) -> bool:
        """Open the folder for looking; False when there is none. Never creates anything.

        Raises:
            DestinationUnreadable: something is there that cannot be opened as a folder.
        """
        with faults.reading(self.path):
            try:
                self._fd = os.open(self.path, _FOLDER)
            except FileNotFoundError:
                return False
        return True

    def lock(self) -> bool:
        """Create the folder if need be, open and lock it; False while another run on this machine has it.

        The lock is the kernel's, on the folder itself: it leaves no file and ends with the process.

        Raises:
            DeliveryError: the folder cannot be created or locked.
        """
        with faults.writing(self.path):
            Path(self.path).mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, _FOLDER)
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.close()
                return False
            if not self._is_still_there():  # moved away or deleted since: the lock would guard nothing
                self.close()
                return False
        return True

    def close(self) -> None:
        """Close the folder, and with it give back its lock."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def place(self, name: str) -> str:
        """The full path of a name, for people."""
        return f"{self.path}/{name}"

    def status(self, name: str) -> os.stat_result | None:
        """What stands under a name, links not followed; None where nothing does, or no folder of ours leads to it.

        Raises:
            DestinationUnreadable: it cannot be looked at.
        """
        with faults.reading(self.place(name)):
            try:
                with self._folder_of(name) as (fd, base):
                    return os.stat(base, dir_fd=fd, follow_symlinks=False)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno in _NOT_A_FOLDER:
                    return None
                raise

    def read(self, name: str) -> bytes | None:
        """The whole of a small file; None where there is none.

        Raises:
            DestinationUnreadable: it cannot be read, or is no plain file, or is too large for a receipt.
        """
        with faults.reading(self.place(name)):
            try:
                fd = self.open_file(name)
            except FileNotFoundError:
                return None
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise faults.unreadable(self.place(name), "it is not a plain file")
                with os.fdopen(fd, "rb", closefd=False) as file:
                    data = file.read(MAX_RECEIPT_BYTES + 1)
            finally:
                os.close(fd)
        if len(data) > MAX_RECEIPT_BYTES:
            raise faults.unreadable(self.place(name), "it is too large")
        return data

    def open_file(self, name: str) -> int:
        """A descriptor for reading; never waits, not even for a pipe's other end."""
        with self._folder_of(name) as (fd, base):
            return os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)

    def create(self, name: str) -> int:
        """A descriptor for writing a new file.

        What stood there is unlinked, not written into: it may be a link, or, after a crash in `publish`, a second
        name of the delivered file.

        Raises:
            DestinationOccupied: the way there leads through something that is no folder of ours.
        """
        self._make_folder(name)
        with self._folder_of(name) as (fd, base):
            _unlink(base, fd)
            return os.open(base, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=fd)

    def publish(self, name: str, *, replaces: bool) -> None:
        """Give `<name>.part` its final name, atomically and durably.

        Raises:
            DestinationOccupied: something stands there and `replaces` is False.
        """
        part = name.rpartition("/")[2] + PART
        with self._folder_of(name) as (fd, base):
            if replaces:
                os.replace(part, base, src_dir_fd=fd, dst_dir_fd=fd)
            elif not _rename_new(part, base, fd):
                raise faults.occupied(self.place(name))
            os.fsync(fd)

    def write_receipt(self, data: bytes) -> None:
        """Put a receipt in the place of the one that is there, atomically and durably."""
        fd = self.create(RECEIPT_NAME + PART)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        self.publish(RECEIPT_NAME, replaces=True)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there, and the folders that are empty without it."""
        try:
            with self._folder_of(name) as (fd, base):
                _unlink(base, fd)
                os.fsync(fd)
        except (FileNotFoundError, IsADirectoryError):
            return
        except OSError as error:
            if error.errno in _NOT_A_FOLDER:
                return  # no folder of ours leads there, so nothing of ours is there
            raise
        folder = name.rpartition("/")[0]
        while folder:
            try:
                with self._folder_of(folder) as (fd, base):
                    os.rmdir(base, dir_fd=fd)
            except OSError:
                return  # something else lives there
            folder = folder.rpartition("/")[0]

    def _is_still_there(self) -> bool:
        try:
            return os.path.samestat(Path(self.path).stat(), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    def _make_folder(self, name: str) -> None:
        folder = name.rpartition("/")[0]
        if not folder:
            return
        self._make_folder(folder)
        with self._folder_of(folder) as (fd, base):
            try:
                os.mkdir(base, dir_fd=fd)
            except FileExistsError:
                mode = os.stat(base, dir_fd=fd, follow_symlinks=False).st_mode
                if not stat.S_ISDIR(mode):
                    raise faults.occupied(self.place(folder), "a link" if stat.S_ISLNK(mode) else "a file") from None

    @contextmanager
    def _folder_of(self, name: str) -> Iterator[tuple[int, str]]:
        *folders, base = name.split("/")
        fd = os.dup(self._fd)
        try:
            for folder in folders:
                inner = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield fd, base
        finally:
            os.close(fd)


def _unlink(base: str, folder_fd: int) -> None:
    try:
        os.unlink(base, dir_fd=folder_fd)
    except FileNotFoundError:
        return


def _rename_new(source: str, target: str, folder_fd: int) -> bool:
    """Rename, unless something stands under the new name: then False."""
    try:
        os.link(source, target, src_dir_fd=folder_fd, dst_dir_fd=folder_fd, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # FAT and some network file systems know no hard links; there, the look before the rename has to do.
        if _stands(target, folder_fd):
            return False
        os.rename(source, target, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        return True
    os.unlink(source, dir_fd=folder_fd)
    return True


def _stands(base: str, folder_fd: int) -> bool:
    try:
        os.stat(base, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
