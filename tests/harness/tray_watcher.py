#!/usr/bin/python3
"""A tray host without a screen: owns org.kde.StatusNotifierWatcher on the session bus.

Reads one JSON command a line ({"do": "items"} or {"do": "click", "label": "Stop"}) and answers each with one
JSON line. An item is {id, title, status, tooltip, icon, menu: [{id, label, enabled, type, checked}]}.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()


class Watcher(dbus.service.Object):
    """Keeps the registered items as (bus name, object path)."""

    def __init__(self):
        self.items = []
        super().__init__(dbus.service.BusName(WATCHER, bus), "/StatusNotifierWatcher")
        bus.add_signal_receiver(self.owner_changed, "NameOwnerChanged", "org.freedesktop.DBus")

    def owner_changed(self, name, _old, new):
        if not new:
            self.items = [item for item in self.items if name not in (item[0], bus_owner.get(item[0]))]

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        # Either a bus name, or the object's path at the sender.
        name, path = (sender, str(service)) if service.startswith("/") else (str(service), "/StatusNotifierItem")
        bus_owner[name] = sender
        self.items.append((name, path))
        self.StatusNotifierItemRegistered(f"{name}{path}")

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, _service):
        pass

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        return self.GetAll(_interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        names = dbus.Array([f"{name}{path}" for name, path in self.items], signature="s")
        return {
            "IsStatusNotifierHostRegistered": True,
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": names,
        }


bus_owner = {}
watcher = Watcher()


def flat(node, found):
    """The entries of a menu layout, submenus after their parent."""
    number, properties, children = node
    if number != 0:
        found.append(
            {
                "id": int(number),
                "label": str(properties.get("label", "")).replace("_", ""),
                "enabled": bool(properties.get("enabled", True)),
                "type": str(properties.get("type", "standard")),
                "checked": int(properties.get("toggle-state", -1)) == 1,
            }
        )
    for child in children:
        flat(child, found)
    return found


def menu_of(name, path):
    where = bus.get_object(name, path).Get(ITEM, "Menu", dbus_interface=PROPERTIES)
    return dbus.Interface(bus.get_object(name, where), MENU)


def entries(menu):
    menu.AboutToShow(0)
    _revision, layout = menu.GetLayout(0, -1, [])
    return flat(layout, [])


def describe(name, path):
    told = bus.get_object(name, path).GetAll(ITEM, dbus_interface=PROPERTIES)
    tooltip = told.get("ToolTip")
    pixmaps = told.get("IconPixmap") or []
    return {
        "id": str(told.get("Id", "")),
        "title": str(told.get("Title", "")),
        "status": str(told.get("Status", "")),
        "tooltip": str(tooltip[2] or tooltip[3]) if tooltip else "",
        "icon": str(told.get("IconName", "")) or [[int(p[0]), int(p[1]), hash(bytes(p[2])) & 0xFFFFFFFF] for p in pixmaps],
        "menu": entries(menu_of(name, path)),
    }


def click(label):
    for name, path in watcher.items:
        menu = menu_of(name, path)
        for entry in entries(menu):
            if entry["label"] == label and entry["enabled"]:
                menu.Event(entry["id"], "clicked", dbus.Int32(0), dbus.UInt32(0))
                return True
    return False


def obey(channel, _condition):
    line = channel.readline()
    if not line:
        loop.quit()
        return False
    command = json.loads(line)
    try:
        if command["do"] == "items":
            answer = {"items": [describe(*item) for item in watcher.items]}
        else:
            answer = {"clicked": click(command["label"])}
    except dbus.DBusException as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
    return True


loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, obey)
print("ready", flush=True)
loop.run()
