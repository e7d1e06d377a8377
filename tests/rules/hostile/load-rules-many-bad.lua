-- faults by the thousand
-- expect: fault
for i = 1, 499 do
  rule("bad " .. i) { abuot = "a", [i] = i, source = i, owner = {}, competences = { "X" .. i }, roles = i, recommend = i }
end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
