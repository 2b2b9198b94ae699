"""A first step in another language: answers --list, and nothing else yet."""
import json
import os
import sys

if "--list" not in sys.argv:
    sys.exit("Only --list is written yet.")
patients = []
if os.path.exists("patients.json"):
    with open("patients.json", encoding="utf-8") as file:
        patients = json.load(file)["patients"]
if "--json" in sys.argv:
    print(json.dumps(patients))
for patient in [] if "--json" in sys.argv else patients:
    print(patient["lastName"], patient["firstName"], patient["birthDate"])
