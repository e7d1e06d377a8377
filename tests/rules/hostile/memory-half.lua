-- over half of the memory: made again alone, and within it
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 80 do t[i] = ("x"):rep(16000) .. i end
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
