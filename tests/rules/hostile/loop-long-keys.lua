-- long texts as keys
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, a, x = {}, ("x"):rep(239)
    t[a .. "y"] = 1
    while true do x = t[a .. "y"] end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
